"""EMS-FL: which experts suit which cluster, how it converges, what experts weigh."""
