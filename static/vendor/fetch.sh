#!/usr/bin/env bash
# Fetches the fonts and cuts the icon sprite. Run it only to change a version or to add a name to icons.txt;
# what it writes is committed, so the project itself needs neither node nor a network.
#   static/vendor/fetch.sh
set -euo pipefail
cd "$(dirname "$0")"
inter=5.3.0
jetbrains_mono=5.3.0
icons=3.51.0

packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT
(cd "$packages" && npm pack --silent "@fontsource-variable/inter@$inter" \
  "@fontsource-variable/jetbrains-mono@$jetbrains_mono" "@tabler/icons@$icons" >/dev/null)

font() { # package, folder
  local package="$packages/fontsource-variable-$1.tgz"
  mkdir -p "$2"
  for subset in latin latin-ext; do
    tar -xzOf "$package" "package/files/$2-$subset-wght-normal.woff2" >"$2/$2-$subset.woff2"
  done
  tar -xzOf "$package" package/LICENSE >"$2/LICENSE"
}
font "inter-$inter" inter
font "jetbrains-mono-$jetbrains_mono" jetbrains-mono

mkdir -p tabler-icons
tar -xzOf "$packages/tabler-icons-$icons.tgz" package/LICENSE >tabler-icons/LICENSE
{
  echo '<svg xmlns="http://www.w3.org/2000/svg">'
  echo "<!-- Tabler Icons $icons, outline, MIT licence (vendor/tabler-icons/LICENSE). Only the symbols in vendor/icons.txt. -->"
  while read -r name; do
    shapes=$(tar -xzOf "$packages/tabler-icons-$icons.tgz" "package/icons/outline/$name.svg" |
      grep '^  <' | grep -v 'M0 0h24v24H0z' | sed 's/^  //; s# />#/>#' | tr -d '\n')
    echo "<symbol id=\"i-$name\" viewBox=\"0 0 24 24\">$shapes</symbol>"
  done <icons.txt
  echo '</svg>'
} >../icons.svg

cat >VERSIONS.md <<END
# What is vendored here, by \`fetch.sh\`

| what | npm package | version | licence |
|---|---|---|---|
| Inter, variable, Latin | @fontsource-variable/inter | $inter | SIL Open Font License 1.1 (inter/LICENSE) |
| JetBrains Mono, variable, Latin | @fontsource-variable/jetbrains-mono | $jetbrains_mono | SIL Open Font License 1.1 (jetbrains-mono/LICENSE) |
| icons of icons.txt, as ../icons.svg | @tabler/icons | $icons | MIT (tabler-icons/LICENSE) |
END
