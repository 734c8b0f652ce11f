from django.urls import path

from inventory.counts.views import counting, documents, review

app_name = "counts"

urlpatterns = [
    path("", documents.counts, name="counts"),
    path("new/", documents.new, name="new"),
    path("<int:pk>/", counting.count, name="count"),
    path("<int:pk>/scan/", counting.scan_code, name="scan"),
    path("<int:pk>/without/", counting.without, name="without"),
    path("<int:pk>/quantity/", counting.quantity, name="quantity"),
    path("<int:pk>/undo/", counting.undo, name="undo"),
    path("<int:pk>/confirm/", counting.confirm, name="confirm"),
    path("<int:pk>/review/", review.review, name="review"),
    path("<int:pk>/review/accept/", review.accept_differences, name="accept"),
    path("<int:pk>/review/recount/", review.recount_product, name="recount"),
    path("<int:pk>/review/none/", review.none_there, name="none"),
    path("<int:pk>/review/new/", review.add_new, name="add_new"),
    path("<int:pk>/review/aside/", review.aside, name="aside"),
    path("<int:pk>/post/", review.post, name="post"),
    path("<int:pk>/cancel/", review.cancel, name="cancel"),
]
