"""A small team with something to do, the same one each time."""

import random
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.projects.models import Membership, Project, Role
from apps.tasks.models import Comment, Priority, Status, Task

PEOPLE = ("ada", "grace", "linus", "margaret", "dennis")
PROJECTS = ("Website", "Mobile app", "Office move")
VERBS = ("Draft", "Review", "Fix", "Test", "Publish", "Measure", "Plan")
THINGS = ("the start page", "the login", "the budget", "the search", "the newsletter", "the backups")
REMARKS = ("Half of it is done.", "I need a decision here.", "Looks good to me.", "Let us talk about it on Monday.")


class Command(BaseCommand):
    help = "Make a few people, projects, tasks and comments to try the API with. Does nothing where they exist."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tasks", type=int, default=40, help="how many tasks (default: 40)")
        parser.add_argument("--password", help="the password of all of them (default: a new random one, printed)")

    def handle(self, *args: Any, tasks: int, password: str | None, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("seed is for development: people whose password is printed have no place in production")
        if User.objects.filter(username=PEOPLE[0]).exists():
            self.stdout.write("seed: already there")
            return
        password = password or secrets.token_urlsafe(9)
        with transaction.atomic():
            plant(random.Random(8), tasks, password)
        self.stdout.write(f"seed: {', '.join(PEOPLE)}, password {password}; {len(PROJECTS)} projects, {tasks} tasks")


def plant(dice: random.Random, tasks: int, password: str) -> None:
    people = [User.objects.create_user(name, f"{name}@example.com", password) for name in PEOPLE]
    projects = [Project.objects.create(name=name, description=f"Everything about: {name.lower()}.") for name in PROJECTS]
    for project in projects:
        Membership.objects.create(project=project, user=people[0], role=Role.OWNER)
        Membership.objects.bulk_create(Membership(project=project, user=person) for person in people[1:])
    for _ in range(tasks):
        plant_task(dice, projects, people)


def plant_task(dice: random.Random, projects: list[Project], people: list[User]) -> None:
    task = Task.objects.create(
        project=dice.choice(projects),
        title=f"{dice.choice(VERBS)} {dice.choice(THINGS)}",
        status=dice.choice(Status.values),
        priority=dice.choice(Priority.values),
        created_by=dice.choice(people),
        assignee=dice.choice([*people, None]),
        due_on=timezone.localdate() + timedelta(days=dice.randint(-10, 30)),
    )
    remarks = dice.choices(REMARKS, k=dice.randint(0, 3))
    Comment.objects.bulk_create(Comment(task=task, author=dice.choice(people), body=remark) for remark in remarks)
