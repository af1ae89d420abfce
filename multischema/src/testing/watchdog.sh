# Makes the folder $1, and removes it when this process's standard input ends. The other end of that
# pipe is held by the process that uses the folder, so it ends with that process, however that dies.
# Every program that works in the folder is in the process group of this shell, and has the other end
# of this shell's standard output, a socket, as its input: the socket ends when they all have ended.

# What is meant for the others must not end this, nor the answer to a process that is gone already.
trap '' HUP INT QUIT TERM PIPE
umask 077

mkdir "$1" 2>&1 || exit 1
echo made
exec 2>/dev/null

read -r _

# Last resort, if a program does not end.
{ sleep 30; rm -rf "$1"; kill -KILL 0; } &

# Only a server is told to end, by the signal that means "at once". initdb and cp are soon done, and
# initdb would leave shared memory behind; its own server notes a negative number in the file.
while sleep 0.01; do
    read -r id <"$1/data/postmaster.pid" && [ "$id" -gt 0 ] && kill -QUIT 0
done &

cat <&1 >/dev/null
rm -rf "$1"
kill -KILL 0 # this shell, and what it has started
