"""What tests of counts do again and again."""

from inventory.counts.operations import accept, post_count, scan
from inventory.counts.results import result_of
from microbiz.laws import check_laws


def scans(count, staff, *codes, **kwargs):
    for code in codes:
        result = scan(count, code, staff=staff, **kwargs)
    return result


def of(count, product):
    """How one product differs."""
    return next(one for one in result_of(count).products if one.product == product)


def accept_all(count, staff):
    return accept(count, {one.product.pk: one.signature for one in result_of(count).undecided}, staff=staff)


def post(count, staff):
    """Accept whatever differs and post it."""
    accept_all(count, staff)
    posted = post_count(count, staff=staff)
    check_laws()
    return posted


def differences(count):
    return {str(one.product): one.difference for one in result_of(count).differing}
