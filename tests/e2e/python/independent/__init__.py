"""The numbers of the demo's story, calculated a second time from plain files, definitions and published formulas."""
