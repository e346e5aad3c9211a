// The one kind of kernel registry: variants of one computation side by side, so that two can be
// compared and timed in one process. docs/kernels.md tells how to add one.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/kernels/isa.h>
#include <sonant/core/kernels/kernel_row.h>

namespace sonant::kernels {

const char* storage_name(Storage storage);  // "float32"

// True where its features are there and allowed (active_features()).
bool usable(const KernelRow& row);

// For messages: "simd avx512".
std::string label(const KernelRow& row);

// Names in the order of the rows, each once.
using Rows = std::vector<const KernelRow*>;
std::vector<std::string> names_of(const Rows& rows);
void check_new(const char* kind, const Rows& rows, const KernelRow& row);
[[noreturn]] void fail_no_kernel(const char* kind, std::string_view source, std::string_view name,
                                 const std::vector<std::string>& usable_names);

// Row is a KernelRow with functions. Rows stand from the specification, which is scalar and the one
// to read, to the fastest, and **the best one is the last that is usable**: of one name, or, where
// nobody names one, of those that may be chosen automatically. A row's address never changes: it is
// the handle that a layer or a model finds once and keeps.
template <class Row>
class Registry {
 public:
  Registry(const char* kind, const std::vector<Row>& rows) : kind_(kind) {
    for (const Row& row : rows) add(row);
  }
  // The rows of a table of variants, each a function that gives its own.
  template <std::size_t n>
  Registry(const char* kind, std::vector<Row> (*const (&variants)[n])()) : kind_(kind) {
    for (const auto& variant : variants)
      for (const Row& row : variant()) add(row);
  }
  Registry(const Registry&) = delete;  // handles point into it
  Registry& operator=(const Registry&) = delete;

  // Behind the others. Error for a second row of the same name and needs. Not thread-safe: at
  // start.
  const Row& add(const Row& row) {
    check_new(kind_, all(), row);
    return rows_.emplace_back(row);
  }

  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }
  const Row& reference() const { return rows_.front(); }  // the specification

  std::vector<const Row*> usable_rows() const {
    std::vector<const Row*> found;
    for (const Row& row : rows_)
      if (usable(row)) found.push_back(&row);
    return found;
  }
  std::vector<std::string> names() const { return names_of(all()); }
  std::vector<std::string> usable_names() const {
    const auto rows = usable_rows();
    return names_of(Rows(rows.begin(), rows.end()));
  }

  // The best row of that name, "" for the automatic choice. Error if there is none, which lists the
  // usable ones and names `source`, where the name comes from.
  const Row& find(std::string_view name = "", std::string_view source = "") const {
    const Row* best = nullptr;
    for (const Row& row : rows_)
      if ((name.empty() ? row.choice == Choice::automatic : name == row.name) && usable(row))
        best = &row;
    if (best == nullptr) fail_no_kernel(kind_, source, name, usable_names());
    return *best;
  }

 private:
  Rows all() const {
    Rows rows;
    for (const Row& row : rows_) rows.push_back(&row);
    return rows;
  }

  const char* kind_;
  std::deque<Row> rows_;  // whose elements stay where they are
};

}  // namespace sonant::kernels
