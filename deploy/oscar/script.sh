#!/bin/sh
# OSCAR runs this once for each file that arrives. It leaves two files in TMP_OUTPUT_DIR:
#   NAME-result.zip      the output folder of `pelagia run`
#   NAME-receipt.json    the signed receipt of this use, for `pelagia usage import` of the central installation
# Where the run fails it leaves NAME-failed.txt with the reason instead of a result, because OSCAR does not look at the
# exit code.
set -u

: "${INPUT_FILE_PATH:?OSCAR sets it}"
: "${TMP_OUTPUT_DIR:?OSCAR sets it}"
service="${SERVICE:-flowcam}"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
# Each invocation is an installation of its own, unless a volume is mounted for all.
export PELAGIA_HOME="${PELAGIA_HOME_VOLUME:-$work/home}"

# A file that came in the body of a request has no ending; archives are told by their first bytes.
file="$(basename "$INPUT_FILE_PATH")"
input="$INPUT_FILE_PATH"
case "$file" in
  *.*) ;;
  *)
    if [ "$(head -c 2 "$INPUT_FILE_PATH")" = "PK" ]; then
      input="$work/$file.zip"
      ln -s "$INPUT_FILE_PATH" "$input"
    fi
    ;;
esac
name="${file%.*}"

# OPTIONS are words for `pelagia run`, such as "--latitude 54.2 --longitude 7.9": they shall be split.
# shellcheck disable=SC2086
pelagia run "$service" "$input" --out "$work/$name" --route oscar ${OPTIONS:-} 2>"$work/errors.txt" >&2
code=$?
cat "$work/errors.txt" >&2

if [ "$code" -eq 0 ]; then
  (cd "$work" && python3 -m zipfile -c "$TMP_OUTPUT_DIR/$name-result.zip" "$name") || code=$?
fi
if [ "$code" -ne 0 ]; then
  { echo "pelagia run $service ended with exit code $code."; cat "$work/errors.txt"; } >"$TMP_OUTPUT_DIR/$name-failed.txt"
fi
# Also a run that failed was a use: what it had processed is counted, and its failure is counted apart.
pelagia usage export --out "$TMP_OUTPUT_DIR/$name-receipt.json" >&2 || code="${code#0}"
exit "${code:-5}"
