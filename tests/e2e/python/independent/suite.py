"""The suite over gRPC by server reflection, with the identity that development mode reads from headers."""

import collections
from concurrent.futures import ThreadPoolExecutor

import grpc

from reflection_client import Suite, amount

IDENTITY = (("aftercare-tenant", "demo"), ("aftercare-principal", "independent-account"), ("aftercare-roles", "admin"))

Details = collections.namedtuple("Details", "method timeout metadata credentials wait_for_ready compression")


class _Identity(grpc.UnaryUnaryClientInterceptor):
    def intercept_unary_unary(self, proceed, details, request):
        metadata = tuple(details.metadata or ()) + IDENTITY
        known = Details(
            details.method, details.timeout, metadata, details.credentials, details.wait_for_ready, details.compression
        )
        return proceed(known, request)


def connect(address):
    """A client that calls any unary method with plain dictionaries, as an administrator of the demo tenant."""
    suite = Suite(address)
    suite.channel = grpc.intercept_channel(suite.channel, _Identity())
    return suite


def pages(suite, service, method, field, **request):
    """Every element of a paged list."""
    found, token = [], ""
    while True:
        page = suite.call(service, method, page_size=500, page_token=token, **request)
        found += getattr(page, field)
        token = page.next_page_token
        if not token:
            return found


def exact(decimal):
    """The double nearest to a decimal of the wire."""
    return float(decimal.value or 0)


def money(value):
    """Money of the wire as a double: sums below 1e13 are exact to far less than a cent."""
    return float(amount(value))


def word(message, field):
    """The name of an enumeration's value."""
    return message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number[getattr(message, field)].name


def together(call, arguments):
    """The answers to many calls, several at a time, in order."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(call, arguments))
