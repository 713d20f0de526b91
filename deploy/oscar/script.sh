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
# OSCAR may run the container as anybody.
if [ ! -w "${PELAGIA_HOME:-}" ]; then
  export PELAGIA_HOME="$work/home"
fi
# All invocations sign their receipts with one key, so that the central installation need trust it only once. Make it
# with `openssl rand -hex 32` and keep it among the secrets of the service.
if [ -n "${RECEIPT_KEY:-}" ]; then
  (
    umask 077
    mkdir -p "$PELAGIA_HOME/keys"
    printf %s "$RECEIPT_KEY" | python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' \
      >"$PELAGIA_HOME/keys/receipts.key"
  ) || exit 2
  unset RECEIPT_KEY
fi

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
pelagia usage export --out "$TMP_OUTPUT_DIR/$name-receipt.json" >&2 || { [ "$code" -ne 0 ] || code=5; }
exit "$code"
