"""/v1/products and /v1/prices"""

from billing.sandbox.events import changing, emit
from billing.sandbox.faults import invalid, missing
from billing.sandbox.listing import PAGING, one, page
from billing.sandbox.objects.billing import PRICE, PRODUCT
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.routing import Route, deleted
from billing.sandbox.state import State

_PRODUCT = "active default_price description metadata name statement_descriptor unit_label url"
_PRICE = "active lookup_key metadata nickname tax_behavior transfer_lookup_key"
_TEXTS = ("default_price", "description", "statement_descriptor", "unit_label", "url")


def create_product(state: State, params: Params) -> Object:
    key = params.text("id", 200)
    if key and key in state.objects.get("product", {}):
        raise invalid("Product already exists.", "id", "resource_already_exists")
    known = {"id": key} if key else {}
    product = state.make(PRODUCT, name=params.needed("name"), metadata=params.metadata(), updated=state.now(), **known)
    _describe(product, params)
    emit(state, "product.created", product)
    return product


def update_product(state: State, params: Params, key: str) -> Object:
    product = state.get("product", key)
    with changing(state, "product.updated", product):
        product |= {"metadata": params.metadata(product["metadata"]), "updated": state.now()}
        product["name"] = params.text("name") or product["name"]
        _describe(product, params)
    return product


def _describe(product: Object, params: Params) -> None:
    product |= {name: params.text(name) for name in _TEXTS if name in params}
    if (active := params.flag("active")) is not None:
        product["active"] = active


def remove_product(state: State, params: Params, key: str) -> Object:
    product = state.get("product", key)
    if state.every("price", product=key):
        raise invalid("This product cannot be deleted because it has one or more user-created prices.", "id")
    emit(state, "product.deleted", product)
    state.forget(product)
    return deleted(product)


def products(state: State, params: Params) -> Object:
    rows = _active(state.every("product"), params)
    if "ids" in params:
        rows = [row for row in rows if row["id"] in params.texts("ids")]
    return page(state, rows, params, "/v1/products")


def features(state: State, params: Params, key: str) -> Object:
    """List the features of a product's entitlements: Stripe's are not simulated, there are none."""
    state.get("product", key)
    return page(state, [], params, f"/v1/products/{key}/features")


def create_price(state: State, params: Params) -> Object:
    amount, recurring = params.integer("unit_amount"), params.part("recurring")
    if amount is None:
        raise missing("unit_amount")
    _free_key(state, params)
    price = state.make(
        PRICE,
        currency=params.needed("currency").lower(),
        metadata=params.metadata(),
        product=_product_of(state, params)["id"],
        recurring=_recurring(recurring) if recurring.values else None,
        type="recurring" if recurring.values else "one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )
    _name(price, params)
    emit(state, "price.created", price)
    return price


def _product_of(state: State, params: Params) -> Object:
    if "product_data" in params:
        return create_product(state, params.part("product_data"))
    return state.get("product", params.needed("product"), "product")


def _recurring(given: Params) -> Object:
    return {
        "interval": given.choice("interval", "day week month year") or given.needed("interval"),
        "interval_count": given.integer("interval_count", 1) or 1,
        "meter": None,
        "trial_period_days": None,
        "usage_type": given.choice("usage_type", "licensed", "licensed"),
    }


def _free_key(state: State, params: Params, mine: Object | None = None) -> None:
    """Take the lookup key from the price that has it, where the request says so; raises where it does not."""
    key = params.text("lookup_key", 200)
    for other in state.every("price", lookup_key=key) if key else []:
        if other is not mine and not params.flag("transfer_lookup_key"):
            raise invalid(f"A price (`{other['id']}`) already uses that lookup key.", "lookup_key")
        other["lookup_key"] = None


def _name(price: Object, params: Params) -> None:
    price |= {name: params.text(name) for name in ("lookup_key", "nickname") if name in params}
    if (active := params.flag("active")) is not None:
        price["active"] = active


def update_price(state: State, params: Params, key: str) -> Object:
    price = state.get("price", key)
    with changing(state, "price.updated", price):
        price["metadata"] = params.metadata(price["metadata"])
        _free_key(state, params, price)
        _name(price, params)
    return price


def prices(state: State, params: Params) -> Object:
    wanted = {name: params.text(name) for name in ("currency", "product", "type") if name in params}
    rows = _active(state.every("price", **wanted), params)
    if "lookup_keys" in params:
        rows = [row for row in rows if row["lookup_key"] in params.texts("lookup_keys")]
    return page(state, rows, params, "/v1/prices")


def _active(rows: list[Object], params: Params) -> list[Object]:
    active = params.flag("active")
    return rows if active is None else [row for row in rows if row["active"] == active]


ROUTES = [
    Route("POST", "/v1/products", create_product, f"id {_PRODUCT}"),
    Route("GET", "/v1/products", products, f"active ids {PAGING}", kept=False),
    one("product", "/v1/products/{}"),
    Route("POST", "/v1/products/{}", update_product, _PRODUCT),
    Route("DELETE", "/v1/products/{}", remove_product, kept=False),
    Route("GET", "/v1/products/{}/features", features, "ending_before limit starting_after", kept=False),
    Route("POST", "/v1/prices", create_price, f"currency product product_data recurring unit_amount {_PRICE}"),
    Route("GET", "/v1/prices", prices, f"active currency lookup_keys product type {PAGING}", kept=False),
    one("price", "/v1/prices/{}"),
    Route("POST", "/v1/prices/{}", update_price, _PRICE),
]
