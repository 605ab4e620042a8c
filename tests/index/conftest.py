"""Servers that the tests of indexes share."""

from __future__ import annotations

from tests.servers.fixtures_es import elastic_node, elastic_node_9

__all__ = ["elastic_node", "elastic_node_9"]
