"""The solution of SC-MR for a study: pilot trainings, a fit, and the optimum."""
