"""Where the desk begins."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from tenants.desk import DeskRequest, desk
from tenants.permissions import Permission


@desk(Permission.PAYMENTS_READ)
def desk_home(request: DeskRequest) -> HttpResponse:
    return render(request, "tenants/desk.html")


urlpatterns = [path("desk/", desk_home, name="desk")]
