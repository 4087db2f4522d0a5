"""Exact answers where the outcomes can be listed: labels aligned, terms kept, infinities named."""
