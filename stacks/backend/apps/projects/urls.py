from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.projects.views import MembershipViewSet, ProjectViewSet

projects = SimpleRouter()
projects.register("projects", ProjectViewSet, basename="project")
members = SimpleRouter()
members.register("members", MembershipViewSet, basename="member")

urlpatterns = [*projects.urls, path("projects/<int:project_pk>/", include(members.urls))]
