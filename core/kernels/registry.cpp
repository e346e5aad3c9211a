#include <sonant/core/kernels/registry.h>

#include <algorithm>

#include <sonant/core/usage.h>

namespace sonant::kernels {

const char* storage_name(Storage storage) {
  constexpr const char* names[] = {"float32", "float64", "bf16", "int8"};
  return names[static_cast<int>(storage)];
}

bool usable(const KernelRow& row) { return row.needs.is_subset_of(active_features()); }

std::string label(const KernelRow& row) {
  return std::string(row.name) + " " + features_text(row.needs);
}

std::vector<std::string> names_of(const Rows& rows) {
  std::vector<std::string> names;
  for (const KernelRow* row : rows)
    if (std::find(names.begin(), names.end(), row->name) == names.end()) names.push_back(row->name);
  return names;
}

void check_new(const char* kind, const Rows& rows, const KernelRow& row) {
  for (const KernelRow* other : rows)
    check(std::string_view(other->name) != row.name || other->needs != row.needs, kind,
          "has a kernel \"", row.name, "\" for ", features_text(row.needs), " already");
}

void fail_no_kernel(const char* kind, std::string_view source, std::string_view name,
                    const std::vector<std::string>& usable_names) {
  std::string list;
  for (const std::string& usable : usable_names) list += (list.empty() ? "" : ", ") + usable;
  fail_usage(kind, source, source.empty() ? "" : ": ", "there is no kernel \"", name,
             "\" for instruction set ", isa_name(active_isa()), "; there are ", list);
}

}  // namespace sonant::kernels
