#!/bin/sh
# Exit 0 when Telegram has answered the bot within the last 90 seconds (assistant/heartbeat.py: the bot touches this file).
found=$(find /app/data/bot.alive -newermt '-90 seconds') || exit 1
[ -n "$found" ] || { echo "Telegram has not answered for 90 seconds"; exit 1; }
echo "Telegram answers"
