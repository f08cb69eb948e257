"""The pages of organisations, members and the audit log."""

from tenants.views import audit_log, members, organizations

urlpatterns = [*organizations.urlpatterns, *members.urlpatterns, *audit_log.urlpatterns]
