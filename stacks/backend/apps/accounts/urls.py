from django.urls import path

from apps.accounts import views

urlpatterns = [
    path("auth/register/", views.RegisterView.as_view(), name="register"),
    path("auth/login/", views.LoginView.as_view(), name="login"),
    path("auth/logout/", views.LogoutView.as_view(), name="logout"),
    path("auth/logout/all/", views.LogoutView.as_view(every_token=True), name="logout-all"),
    path("users/", views.PeopleView.as_view(), name="user-list"),
    path("users/me/", views.MeView.as_view(), name="me"),
]
