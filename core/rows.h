// Things that are known by name: a table of rows, ours first, to which a program may add its own.
#pragma once

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sonant/core/text.h>
#include <sonant/core/usage.h>

namespace sonant {

// Row is a struct with a std::string `name`. Any number of threads may look for rows.
template <class Row>
class Rows {
 public:
  // `noun` with its article, for messages: "an optimizer".
  Rows(const char* noun, std::initializer_list<Row> rows) : noun_(noun), rows_(rows) {}

  // Behind the others. Error for an empty name, and for one that there is already.
  void add(Row row) {
    const std::scoped_lock lock(mutex_);
    check_new(row);
    rows_.push_back(std::move(row));  // of a deque: references to the others stay
  }
  // The same before the others.
  void add_first(Row row) {
    const std::scoped_lock lock(mutex_);
    check_new(row);
    rows_.push_front(std::move(row));
  }

  // Error, with the names that there are, if there is none of that name.
  const Row& find(std::string_view name, const char* op) const {
    const std::scoped_lock lock(mutex_);
    const Row* row = search(name);
    if (row == nullptr)
      fail_usage(op, "expects ", noun_, " from ", joined(rows_, ", ", &Row::name), ", got \"", name,
                 "\"");
    return *row;
  }

  std::vector<const Row*> all() const {
    const std::scoped_lock lock(mutex_);
    std::vector<const Row*> all;
    for (const Row& row : rows_) all.push_back(&row);
    return all;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Row* row : all()) names.push_back(row->name);
    return names;
  }

 private:
  void check_new(const Row& row) const {
    check_usage(!row.name.empty(), "register", noun_, " expects a name, got none");
    check_usage(search(row.name) == nullptr, "register", "there is already ", noun_, " named \"",
                row.name, "\"");
  }

  const Row* search(std::string_view name) const {
    const auto row = std::find_if(rows_.begin(), rows_.end(),
                                  [&](const Row& known) { return known.name == name; });
    return row == rows_.end() ? nullptr : &*row;
  }

  const char* noun_;
  mutable std::mutex mutex_;
  std::deque<Row> rows_;
};

}  // namespace sonant
