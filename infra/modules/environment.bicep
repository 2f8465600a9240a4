// How main.bicepparam reads the environment. A variable that is set and empty counts as not set, since pipelines pass on
// those that nobody set as empty ones.

@export()
@description('The value, or the fallback where it is blank.')
func textOr(value string, fallback string) string => empty(trim(value)) ? fallback : trim(value)

@export()
@description('The parts of a comma-separated list, without blanks and empty ones.')
func listOf(value string) string[] => filter(map(split(value, ','), part => trim(part)), part => !empty(part))
