#include <asyncio/detail/program_address.hpp>

#include <asyncio/errors.hpp>

#include <boost/core/demangle.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <vector>

#include <elf.h>
#include <link.h>

namespace asyncio::detail {
namespace {

/// The executable as it was loaded.
struct loaded_program {
  loaded_program() {
    const auto first = [](dl_phdr_info* info, std::size_t, void* self) { // the executable comes first
      static_cast<loaded_program*>(self)->take(*info);
      return 1;
    };
    ::dl_iterate_phdr(first, this);
  }

  void take(const dl_phdr_info& info) {
    base = info.dlpi_addr;
    for (const ElfW(Phdr)* each = info.dlpi_phdr; each != info.dlpi_phdr + info.dlpi_phnum; ++each) {
      if (each->p_type == PT_LOAD && (each->p_flags & PF_X) != 0) {
        code.push_back(*each);
      }
    }
  }

  [[nodiscard]] bool has(std::uintptr_t function) const noexcept {
    return std::ranges::any_of(code, [&](const auto& segment) {
      return function - base - segment.p_vaddr < segment.p_memsz; // unsigned: below it is far above
    });
  }

  std::uintptr_t base = 0;
  std::vector<ElfW(Phdr)> code;
};

const loaded_program& program() {
  static const auto& the_one = *new loaded_program; // a static pool needs it as long as there is a process
  return the_one;
}

/// Reads an array of things from a file; empty if they aren't there.
template <class T>
std::vector<T> read(std::ifstream& file, std::uint64_t offset, std::size_t count) {
  std::vector<T> read(count);
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(reinterpret_cast<char*>(read.data()), // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
            static_cast<std::streamsize>(count * sizeof(T)));
  if (!file) {
    read.clear();
  }
  return read;
}

std::optional<std::string> symbol_at(std::uint64_t place) {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  const auto head = read<ElfW(Ehdr)>(file, 0, 1);
  if (head.empty()) {
    return std::nullopt;
  }
  const auto sections = read<ElfW(Shdr)>(file, head[0].e_shoff, head[0].e_shnum);
  for (const auto& section : sections) {
    if (section.sh_type != SHT_SYMTAB || section.sh_link >= sections.size()) {
      continue;
    }
    const auto& names = sections[section.sh_link];
    for (const auto& symbol : read<ElfW(Sym)>(file, section.sh_offset, section.sh_size / sizeof(ElfW(Sym)))) {
      if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_value == place) {
        std::string name;
        file.seekg(static_cast<std::streamoff>(names.sh_offset + symbol.st_name));
        std::getline(file, name, '\0');
        return boost::core::demangle(name.c_str());
      }
    }
  }
  return std::nullopt;
}

} // namespace

std::uint64_t place_in_program(std::uintptr_t function) {
  if (function == 0) {
    throw misuse_error("a process pool was given a null pointer in place of a function");
  }
  if (!program().has(function)) {
    throw misuse_error("a worker process finds only functions of the program itself: this one is in a shared "
                       "library, so give the pool a function of your own that calls it");
  }
  return function - program().base;
}

std::uintptr_t function_at(std::uint64_t place) noexcept {
  return program().base + place;
}

std::string function_name(std::uint64_t place) {
  if (auto name = symbol_at(place)) {
    return *std::move(name);
  }
  std::ostringstream text;
  text << "the function at 0x" << std::hex << place;
  return text.str();
}

} // namespace asyncio::detail
