"""Loaded by Schemathesis: leaves out Hypothesis's target phase, whose optimiser raises IndexError on some paths."""

from hypothesis import Phase, settings

settings.register_profile("untargeted", phases=[Phase.explicit, Phase.reuse, Phase.generate])
settings.load_profile("untargeted")
