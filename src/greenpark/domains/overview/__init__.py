"""What is going on now, across domains: workbench, park overview, enterprise page, search."""
