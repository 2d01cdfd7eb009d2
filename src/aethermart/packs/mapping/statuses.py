"""What a shop's status words mean in ours. A word nobody knows keeps its own text: the order is
then quarantined by `order_status_known`, never counted by guess and never lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from aethermart.packs.mapping.words import words_of

_WORDS = {
    "CANCELLED": "cancelled canceled cancel cancelada cancelado annule annulee annulled annullato "
    "storniert storno abgebrochen voided void failed failure rejected declined denied expired "
    "abandoned fraud chargedback chargeback terminated abgelehnt echoue refuse refusee fallida "
    "fehlgeschlagen geannuleerd rechazado anulado anulada aborted cancelled_by_customer "
    "anulowane anulowano anulowana odrzucone iptal iptal_edildi reddedildi avbruten makulerad "
    "annulleret avbestilt zruseno zrusena stornovano dibatalkan",
    "RETURNED": "returned return refunded refund refunding credited retourniert retoure erstattet "
    "remboursee rembourse reembolsado reembolsada devuelto devuelta retourne zurueckgeschickt "
    "zurueckgesendet partially_returned restituito chargeback_refunded "
    "devolvido devolvida reembolsado zwrocone zwrocono iade iade_edildi returnerad vraceno",
    "DELIVERED": "delivered complete completed closed done finished fulfilled received geliefert "
    "zugestellt abgeschlossen erledigt livre livree entregado entregada terminee termine recu "
    "completado completada finalizado consegnato geleverd afgerond resolved picked_up collected "
    "entregue concluido concluida finalizada zrealizowane zrealizowano zakonczone dostarczone "
    "teslim_edildi teslim tamamlandi levererad leveret levert doruceno vyrizeno selesai",
    "SHIPPED": "shipped shipping sent dispatched in_transit transit versandt versendet verschickt "
    "expedie expediee enviado enviada spedito out_for_delivery unterwegs despachado verzonden "
    "in_delivery partially_shipped partially_fulfilled fulfilling "
    "despachada em_transporte em_transito wyslane wyslano w_drodze kargoda kargoya_verildi kargo "
    "gonderildi skickad sendt odeslano dikirim",
    "PAID": "paid processing confirmed captured authorized authorised accepted approved bezahlt "
    "bestaetigt payee paye pagado pagada in_progress in_process packed picked ready preparing "
    "packing in_bearbeitung bearbeitung confirmee confirme confirmado confirmada settled success "
    "succeeded invoiced in_preparation en_preparation preparation partially_paid betaald "
    "procesando pagato ready_to_ship payment_received active zahlung_erhalten kommissioniert "
    "partially_refunded released booked sale won "
    "processed being_processed "
    "pago paga aprovado aprovada faturado processando em_separacao em_preparacao oplacone "
    "zaplacone w_realizacji w_trakcie potwierdzone hazirlaniyor onaylandi odendi isleniyor betald "
    "betalt zaplaceno dibayar",
    "PENDING": "pending new open placed created received_order on_hold hold holded waiting "
    "awaiting_payment "
    "unpaid offen neu ausstehend wartend eingegangen en_attente attente pendiente nuevo nueva "
    "pending_payment payment_pending awaiting submitted backordered backorder disputed review "
    "payment_review wartet in_attesa nieuw nouvelle nouveau ordered unfulfilled bestellt initial "
    "angelegt erfasst overdue partially_pending unshipped awaiting_shipment scheduled pre_order "
    "aguardando aguardando_pagamento novo aberto nowe nowy przyjete oczekujace oczekuje beklemede "
    "bekliyor yeni onay_bekliyor ny mottagen nova prijato menunggu unconfirmed",
}
NOT_PLACED = frozenset(
    "draft cart basket checkout_draft auto_draft trash quote quotation entwurf warenkorb brouillon "
    "panier borrador carrito incomplete started inherit checkout template deleted geloescht "
    "saved_cart offer angebot abandoned_cart".split()
)
_MEANINGS = {word: status for status, words in _WORDS.items() for word in words.split()}
_PREFIXES = (
    "wc",
    "order",
    "status",
    "os",
    "ord",
    "st",
    "bestellung",
    "payment",
    "pedido",
    "commande",
)
_IN_COMMENT = re.compile(
    r"['\"]?(\w{1,20})['\"]?\s*(?:=>|=|:|-)\s*['\"]?([A-Za-z][A-Za-z _-]{2,30})"
)


@dataclass(frozen=True, slots=True)
class Understood:
    """meanings: the shop's value -> our status; not_placed: values of what is no order yet."""

    meanings: dict[str, str]
    not_placed: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def share(self) -> float:
        known = len(self.meanings) + len(self.not_placed)
        return known / (known + len(self.unknown)) if known else 0.0


def understand(values: Iterable[str], comment: str = "") -> Understood:
    """comment: a column's, which may say what its codes mean (`0=open, 1=paid`)."""
    codes = dict(_IN_COMMENT.findall(comment))
    meanings: dict[str, str] = {}
    not_placed: list[str] = []
    unknown: list[str] = []
    for value in values:
        word = _normal(codes.get(value, value))
        if word in NOT_PLACED:
            not_placed.append(value)
        elif (status := _meaning(word)) is not None:
            meanings[value] = status
        else:
            unknown.append(value)
    return Understood(meanings, tuple(not_placed), tuple(unknown))


def _meaning(word: str) -> str | None:
    if word in _MEANINGS:
        return _MEANINGS[word]
    parts = word.split("_")
    # "not shipped", "unpaid" and the like are no statement of the word they hold.
    if parts[0] in ("not", "un", "no", "non", "nicht", "partially", "partial"):
        return None
    found = {_MEANINGS[part] for part in parts if part in _MEANINGS}
    return found.pop() if len(found) == 1 else None


def _normal(value: str) -> str:
    """`wc-completed` and `Order Placed` without what says no more than that it is a status."""
    parts = list(words_of(value))
    while len(parts) > 1 and "_".join(parts) not in _MEANINGS and parts[0] in _PREFIXES:
        parts = parts[1:]
    return "_".join(parts)
