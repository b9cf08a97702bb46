"""What commands, agents and containers' first processes have in common: records, their JSON, places, volumes."""
