#include <sonant/train/report/pages.h>

#include <vector>

#include <sonant/core/error.h>

namespace sonant::pages {

std::string fill_in(const std::string& text,
                    std::initializer_list<std::pair<const char*, std::string>> values) {
  std::string out;
  std::size_t from = 0;
  std::vector<bool> used(values.size());
  for (std::size_t at; (at = text.find("{{", from)) != std::string::npos;) {
    const std::size_t end = text.find("}}", at);
    check(end != std::string::npos, "fill_in", "expects }} after {{, got none");
    const std::string name = text.substr(at + 2, end - at - 2);
    const auto* value = values.begin();
    while (value != values.end() && name != value->first) ++value;
    check(value != values.end(), "fill_in", "expects a value for {{", name, "}}, got none");
    out.append(text, from, at - from).append(value->second);
    from = end + 2;
    used[static_cast<std::size_t>(value - values.begin())] = true;
  }
  for (std::size_t k = 0; k < used.size(); ++k)
    check(used[k], "fill_in", "expects a slot for the value ", values.begin()[k].first,
          ", got none");
  return out.append(text, from);
}

}  // namespace sonant::pages
