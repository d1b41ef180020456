"""All healthy sets by name."""

from segloss_test_healthy_arrays import SETS as ARRAYS
from segloss_test_healthy_medical import SETS as MEDICAL
from segloss_test_healthy_objects import SETS as OBJECTS
from segloss_test_healthy_streets import SETS as STREETS
from segloss_test_healthy_surfaces import SETS as SURFACES

SETS = {**OBJECTS, **STREETS, **SURFACES, **MEDICAL, **ARRAYS}
