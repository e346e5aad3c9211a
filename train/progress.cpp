#include <sonant/train/progress.h>

#include <memory>
#include <set>
#include <utility>

namespace sonant {

std::function<void(const std::string&)> each_once(std::function<void(const std::string&)> note) {
  if (!note) return {};
  return [note = std::move(note),
          said = std::make_shared<std::set<std::string>>()](const std::string& line) {
    if (said->insert(line).second) note(line);
  };
}

}  // namespace sonant
