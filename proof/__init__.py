"""The proof: plan requests, send them, keep a ledger, and reconcile it with what the backends hold.

`expectations` says how each signal shows a call, `ledger` what was sent, `traffic` sends, `verify` compares.
What is particular to the shop is data in `stackctl.shop_scenarios`.
"""
