# Sourced by the scripts: long work that says in one line how far it is.
# shellcheck shell=bash

# progress: copies its input, but for ninja's and apt's words on how far they are
# (NINJA_STATUS='@%f/%t@ ', APT::Status-Fd): these become one line that is written over on a
# terminal, and a line for every tenth elsewhere.
progress() {
  local terminal=0 line what="" doing n all files shown="" tenth=-1 start=$SECONDS gone left
  if [[ -t 1 && ${TERM:-dumb} != dumb ]]; then terminal=1; fi
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ $line == @*@\ Re-* ]]; then # ninja looks after CMake
      continue
    elif [[ $line =~ ^@([0-9]+)/([0-9]+)@ ]]; then
      doing=building n=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]} files=" $n of $all files,"
    elif [[ $line =~ ^(dl|pm)status:[^:]*:([0-9]+)(\.[0-9]*)?: ]]; then
      doing=installing n=${BASH_REMATCH[2]} all=100 files=""
      if [[ ${BASH_REMATCH[1]} == dl ]]; then doing=downloading; fi
    else
      if [[ -n $shown ]] && ((terminal)); then printf '\r\e[K'; fi
      printf '%s\n' "$line"
      shown=""
      continue
    fi
    if [[ $doing != "$what" ]]; then what=$doing tenth=-1 start=$SECONDS; fi
    gone=$((SECONDS - start)) left=""
    if ((n > 0 && n < all && gone >= 10)); then
      left=", about $(clock $((gone * (all - n) / n))) left"
    fi
    shown="   $what$files $((all > 0 ? 100 * n / all : 100)) %, $(clock "$gone")$left"
    if ((terminal)); then
      printf '\r%s\e[K' "$shown"
    elif ((all > 0 && 10 * n / all != tenth)); then
      printf '%s\n' "$shown"
      tenth=$((10 * n / all))
    fi
  done
  if [[ -n $shown ]] && ((terminal)); then printf '\n'; fi
}

# clock SECONDS -> 2:05
clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }
