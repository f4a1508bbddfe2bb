# Merges cobertura reports and prints each assembly's line coverage. Ends with 1 when one is below the floor or not covered at all.
#   awk -v floor=90 -v assemblies="A B" -f eng/coverage.awk REPORT...
function attribute(name) { return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : "" }

/<source>/ { source = $0; gsub(/^.*<source>|<\/source>.*$/, "", source) }
/<package / { assembly = attribute("name") }
/<class / { path = source "/" attribute("filename"); gsub(/\/+/, "/", path) }
/<line / {
  line = assembly SUBSEP path SUBSEP attribute("number")
  if (!(line in hits)) { hits[line] = 0; lines[assembly]++ }
  if (attribute("hits") > 0 && !hits[line]) { hits[line] = 1; covered[assembly]++ }
}

END {
  count = split(assemblies, wanted, " ")
  for (i = 1; i <= count; i++) {
    name = wanted[i]
    percent = lines[name] ? 100 * covered[name] / lines[name] : 0
    below = percent < floor
    printf "coverage %s: %.1f %% of %d lines%s\n", name, percent, lines[name], below ? sprintf(" (below %s %%)", floor) : ""
    if (below) missed = 1
  }
  exit missed
}
