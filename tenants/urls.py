"""The pages of organisations, members and the audit log."""

from tenants.views import audit_log, desk, members, organizations

urlpatterns = [*organizations.urlpatterns, *members.urlpatterns, *audit_log.urlpatterns, *desk.urlpatterns]
