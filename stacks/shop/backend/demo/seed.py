"""Fill a shop for a first look: `python -m demo.seed`. Does nothing where it was run before. For development only."""

import io
import os
from typing import Any

import django
from django.core.exceptions import ImproperlyConfigured

PASSWORD = "only-for-looking"  # of the demonstration only
CLERK = "clerk@example.com"
PEOPLE = {"maya@example.com": "Maya Orlova", "jonas@example.com": "Jonas Lind"}
SAID = (
    ("Harbour mug", "maya@example.com", 5, "The handle fits a whole hand. I drink more tea than before."),
    ("Harbour mug", "jonas@example.com", 4, "A little heavier than I thought, and I have come to like that."),
    ("Soup bowl", "jonas@example.com", 5, "Two of them, every evening since."),
    ("Sketchbook", "maya@example.com", 5, "It really lies flat."),
    ("Three candles", "jonas@example.com", 3, "They smell of honey. The middle one dripped."),
)
WHERE = {"address": "Kanalgatan 12", "postcode": "211 41", "city": "Malmö"}


def seed() -> int:
    """The number of products put on the shelves."""
    from django.db import transaction

    from apps.accounts.models import User
    from apps.catalogue import cached
    from apps.catalogue.models import Category, Product
    from demo.things import CATEGORIES, THINGS

    if Product.objects.exists():
        return 0
    with transaction.atomic():
        shelves = {name: shelf(Category, name, place) for place, name in enumerate(CATEGORIES)}
        # The first of the list is the newest, and so the first that is seen.
        for thing in reversed(THINGS):
            put_on_sale(Product, shelves[thing.category], thing)
        User.objects.create_superuser(CLERK, PASSWORD, name="Clerk")
        people = {email: User.objects.create_user(email, PASSWORD, name=name) for email, name in PEOPLE.items()}
        for email, user in people.items():
            buy(user, [name for name, who, _, _ in SAID if who == email])
        for name, email, rating, words in SAID:
            Product.objects.get(name=name).reviews.create(user=people[email], rating=rating, body=words)
        cached.forget()
    return len(THINGS)


def shelf(category: Any, name: str, place: int) -> Any:
    return category.objects.create(name=name, slug=name.lower(), position=place)


def put_on_sale(product: Any, category: Any, thing: Any) -> None:
    from django.core.files.base import ContentFile

    picture = io.BytesIO()
    thing.draw().save(picture, "PNG", compress_level=1)
    product.objects.create(
        category=category, name=thing.name, description=thing.words, price=thing.price, stock=thing.stock,
        picture=ContentFile(picture.getvalue(), "drawn.png"),
    )  # fmt: skip


def buy(user: Any, names: list[str]) -> None:
    """As everyone does: put it into the cart, order what lies there."""
    from apps.cart.models import Cart
    from apps.catalogue.models import Product
    from apps.orders import ordering

    cart = Cart.objects.create(user=user)
    wanted = list(Product.objects.filter(name__in=names))
    for product in wanted:
        cart.lines.create(product=product, quantity=1)
    total = sum(product.price for product in wanted)
    ordering.place(cart, user, {"email": user.email, "name": user.name, **WHERE}, total)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    django.setup()
    from django.conf import settings

    if not settings.DEBUG:
        raise ImproperlyConfigured("demo.seed is for development: its passwords are known to everyone")
    filled = seed()
    print(f"{filled} products on the shelves" if filled else "the shelves are full already")


if __name__ == "__main__":
    main()
