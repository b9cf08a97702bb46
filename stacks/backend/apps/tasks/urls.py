from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.tasks import views

router = SimpleRouter()
router.register("tasks", views.TaskViewSet, basename="task")
router.register("comments", views.CommentViewSet, basename="comment")
router.register("attachments", views.AttachmentViewSet, basename="attachment")

urlpatterns = [
    *router.urls,
    path("tasks/<int:task_pk>/comments/", views.TaskCommentsView.as_view(), name="task-comments"),
    path("tasks/<int:task_pk>/attachments/", views.TaskAttachmentsView.as_view(), name="task-attachments"),
]
