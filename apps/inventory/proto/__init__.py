"""The interface of inventory, and the code that ./generate makes of it."""
