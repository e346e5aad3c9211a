// The tables of settings, as they stand in docs/settings.md.
#include <sonant/audio/features.h>
#include <sonant/core/settings.h>
#include <sonant/train/config.h>

#include <iomanip>
#include <iostream>

void print(const char* title, sonant::ConstSettings settings) {
  std::cout << title << '\n';
  for (const sonant::Setting& row : settings.table()) {
    if (row.retired()) continue;
    std::cout << "  " << std::left << std::setw(20) << row.name << std::setw(16)
              << row.shown(settings.get(row)) << row.expected() << '\n'
              << std::setw(22) << "" << row.help << '\n';
  }
}

int main() {
  print("A training", sonant::TrainConfig());
  for (const sonant::Family& family : sonant::families())
    print(("The model family " + family.name).c_str(), family.settings.view());
  print("Around any front end", sonant::AroundFrontEnd());
  for (const sonant::FrontEndRow* row : sonant::front_ends())
    print(("The front end " + row->name).c_str(), row->settings.view());
}
