"""A client that was given an address and nothing else: no proto file, no generated code.

Server reflection tells it the services and their messages. It lists the customers page by page, asks for a quote for
the first one with machines, checks what a careful caller would check, and asks once wrongly to see the error's details.
Needs grpcio and grpcio-reflection. Usage: reflection_client.py HOST:PORT
"""

import sys
from decimal import Decimal

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase


class Suite:
    """Calls any unary method of the server by its full name, with plain dictionaries."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address)
        grpc.channel_ready_future(self.channel).result(timeout=30)
        self.database = ProtoReflectionDescriptorDatabase(self.channel)
        self.pool = descriptor_pool.DescriptorPool(self.database)

    def services(self):
        return set(self.database.get_services())

    def call(self, service, method, **request):
        descriptor = self.pool.FindServiceByName(service).FindMethodByName(method)
        answer_type = message_factory.GetMessageClass(descriptor.output_type)
        message = message_factory.GetMessageClass(descriptor.input_type)()
        json_format.ParseDict(request, message)
        invoke = self.channel.unary_unary(
            f"/{service}/{method}",
            request_serializer=lambda sent: sent.SerializeToString(),
            response_deserializer=answer_type.FromString,
        )
        return invoke(message, timeout=60)


def require(condition, what):
    if not condition:
        sys.exit(f"failed: {what}")


def amount(money):
    return Decimal(money.units) + Decimal(money.nanos) / 10**9


def all_pages(suite, service, method, field, page_size, **request):
    found, token = [], ""
    while True:
        page = suite.call(service, method, page_size=page_size, page_token=token, **request)
        require(len(getattr(page, field)) <= page_size, f"{method} gives at most {page_size} a page")
        found += getattr(page, field)
        token = page.next_page_token
        if not token:
            return found


def customers(suite):
    listed = all_pages(suite, "aftercare.customer.v1.CustomerService", "ListCustomers", "customers", 7)
    names = [customer.name for customer in listed]
    require(len(names) > 7, f"there are several pages of customers, found {len(names)}")
    require(len(set(names)) == len(names), "no customer appears on two pages")
    whole = all_pages(suite, "aftercare.customer.v1.CustomerService", "ListCustomers", "customers", 1000)
    require([customer.name for customer in whole] == names, "the page size does not change the list")
    return listed


def customer_with_machines(suite, listed):
    for customer in listed:
        page = suite.call(
            "aftercare.customer.v1.AssetService", "ListAssets", parent=customer.name, page_size=1
        )
        if page.assets:
            return customer
    sys.exit("failed: no customer has a machine")


def quote(suite, customer):
    request = {
        "customer": customer.name,
        "terms": {"term_months": 36, "coverage": "COVERAGE_LEVEL_FULL"},
        "validate_only": True,
    }
    answer = suite.call("aftercare.pricing.v1.QuoteService", "CreateQuote", **request)
    again = suite.call("aftercare.pricing.v1.QuoteService", "CreateQuote", **request)
    require(answer.input_digest == again.input_digest, "the same question has the same digest")
    require(answer.cost == again.cost, "the same question has the same distribution")
    require(amount(answer.price) > amount(answer.cost.mean) > 0, "the price is above the mean cost")
    costs = [amount(quantile.cost) for quantile in answer.cost.quantiles]
    require(len(costs) >= 3 and costs == sorted(costs), f"quantiles rise: {costs}")
    drivers = sum(amount(driver.amount) for driver in answer.drivers)
    require(drivers == amount(answer.price), f"drivers add up to the price: {drivers}")
    return answer


def wrong_request(suite):
    try:
        suite.call("aftercare.pricing.v1.QuoteService", "CreateQuote", customer="not a name", terms={"term_months": -1})
    except grpc.RpcError as error:
        require(error.code() == grpc.StatusCode.INVALID_ARGUMENT, f"INVALID_ARGUMENT, not {error.code()}")
        details = dict(error.trailing_metadata()).get("grpc-status-details-bin", b"")
        for expected in (b"aftercare.dev", b"customer", b"term_months", b"coverage"):
            require(expected in details, f"the error's details name {expected.decode()}")
        return
    sys.exit("failed: a request without a sense was answered")


def main():
    suite = Suite(sys.argv[1])
    for service in ("customer.v1.CustomerService", "pricing.v1.QuoteService", "channel.v1.ConflictService", "bridge.v1.ConnectionService"):
        require(f"aftercare.{service}" in suite.services(), f"reflection names aftercare.{service}")
    listed = customers(suite)
    customer = customer_with_machines(suite, listed)
    answer = quote(suite, customer)
    wrong_request(suite)
    print(
        f"{len(listed)} customers; three years of full cover for {customer.display_name} ({len(answer.lines)} machines): "
        f"{amount(answer.price):.2f} {answer.price.currency_code}, expected cost {amount(answer.cost.mean):.2f}"
    )


if __name__ == "__main__":
    main()
