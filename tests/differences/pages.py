"""Addresses of the pages about differences, and the words on them."""

from django.urls import reverse

LIST = "/serials/differences/"


def text(answer):
    return " ".join(answer.content.decode().split())


def page_of(drive, store):
    return reverse("serials:difference", args=[drive.pk, store.pk])


def shelf(drive, store, what="back_fill"):
    return reverse(f"serials:{what}", args=[drive.pk, store.pk])
