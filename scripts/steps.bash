# Runs named steps: quiet when they pass, their whole output when they fail, a count at the end.
# Sourced by scripts/test and scripts/test-outputs; does nothing by itself.

passed=0
failed=0
passed_over=0
step_log=$(mktemp)

# step NAME COMMAND... : runs the command; a failure is shown and counted, and the next step runs.
step() {
    local name=$1 started=$SECONDS
    shift
    printf '%-58s ' "$name"
    # Not as the condition of an `if`: there, a function would go on after a command that failed.
    local status
    set +e
    (
        set -e
        "$@"
    ) >"$step_log" 2>&1 </dev/null
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
        printf 'ok %4ds\n' $((SECONDS - started))
    else
        failed=$((failed + 1))
        printf 'FAILED\n'
        # Which crates cargo had to build says nothing about what went wrong.
        sed -E '/^ *(Checking|Compiling|Documenting|Downloaded) /d; s/^/    /' "$step_log" | tail -n 300
    fi
}

# cannot NAME REASON : a step that could not be run for want of a tool counts as failed.
cannot() {
    failed=$((failed + 1))
    printf '%-58s FAILED\n    %s\n' "$1" "$2"
}

# pass_over NAME REASON : a step that this checkout has no material for.
pass_over() {
    passed_over=$((passed_over + 1))
    printf '%-58s passed over: %s\n' "$1" "$2"
}

# have TOOL : is it there?
have() { command -v "$1" >/dev/null 2>&1; }

# summary : the closing line; fails when a step failed.
summary() {
    rm -f "$step_log"
    if [ "$passed_over" -gt 0 ]; then
        printf '%d passed, %d failed, %d passed over\n' "$passed" "$failed" "$passed_over"
    else
        printf '%d passed, %d failed\n' "$passed" "$failed"
    fi
    [ "$failed" -eq 0 ]
}
