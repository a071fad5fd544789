"""MQTT 3.1.1 and 5: subscriber with acknowledgement after the commit; plain JSON by a mapping, and Sparkplug B."""
