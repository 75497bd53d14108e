"""The instructions that each library finds best for the processor.

Results of another kind of processor differ in their last digits.
"""

VARIABLES: dict[str, str] = {}
