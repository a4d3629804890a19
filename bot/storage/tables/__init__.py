"""Every table, one module each. Columns that end in `_sealed` hold encrypted JSON (`bot.storage.vault`)."""

from bot.storage.tables.api_clients import api_clients, client_calls
from bot.storage.tables.canaries import canaries
from bot.storage.tables.channels import channel_state, leases
from bot.storage.tables.complaints import case_followers, complaint_numbers, complaints
from bot.storage.tables.contacts import contacts, subscriptions
from bot.storage.tables.deliveries import deliveries
from bot.storage.tables.events import dead_letter_acts, dead_letters, inbound_events
from bot.storage.tables.evidence import evidence
from bot.storage.tables.fetches import fetches
from bot.storage.tables.handoff_ways import handoff_ways
from bot.storage.tables.handoffs import handoffs
from bot.storage.tables.history import history
from bot.storage.tables.listing_changes import listing_changes
from bot.storage.tables.messages import messages
from bot.storage.tables.metadata import metadata
from bot.storage.tables.officer_sessions import login_failures, officer_forms, officer_sessions
from bot.storage.tables.officers import officers
from bot.storage.tables.reminders import reminders
from bot.storage.tables.reviews import reviews
from bot.storage.tables.talks import talks
from bot.storage.tables.trader_legs import trader_legs

__all__ = [
    "api_clients",
    "canaries",
    "case_followers",
    "channel_state",
    "client_calls",
    "complaint_numbers",
    "complaints",
    "contacts",
    "dead_letter_acts",
    "dead_letters",
    "deliveries",
    "evidence",
    "fetches",
    "handoff_ways",
    "handoffs",
    "history",
    "inbound_events",
    "leases",
    "listing_changes",
    "login_failures",
    "messages",
    "metadata",
    "officer_forms",
    "officer_sessions",
    "officers",
    "reminders",
    "reviews",
    "subscriptions",
    "talks",
    "trader_legs",
]
