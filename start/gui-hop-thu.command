#!/bin/sh
# Đọc hộp thư, mở báo cáo, hỏi, rồi gửi. Bấm đúp trên macOS; trên Linux bấm tệp .desktop bên cạnh.
cd "$(dirname "$0")/.." || exit 2
box=${1:-hop-thu}
mkdir -p "$box"
PATH="$PWD/.venv/bin:$PATH" parindex form read "$box" --send
code=$?
printf '\nEnter: '
read -r _
exit "$code"
