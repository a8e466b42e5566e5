// What may be given to a process pool, and what the compiler has to refuse; as snippets.cpp.

#include <asyncio/process_pool_executor.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace {

struct no_default {
  explicit no_default(int) {}
  template <class Archive>
  void serialize(Archive&, unsigned) {}
};

struct no_serialize {
  std::string text;
};

[[maybe_unused]] void snippet(std::string s, asyncio::process_pool_executor& pool) {
#if defined(function_for_a_process)
  pool.submit([](std::string_view text) { return text.size(); }, s);
#elif defined(captures_for_a_process)
  pool.submit([s] { return s.size(); });
#elif defined(pointer_for_a_process)
  pool.submit([](const std::string* text) { return text->size(); }, &s);
#elif defined(reference_for_a_process)
  pool.submit([](auto text) { return text.get().size(); }, std::ref(s));
#elif defined(changed_by_a_process)
  pool.submit([](std::string& text) { text += "!"; }, s);
#elif defined(view_from_a_process)
  pool.submit([] { return std::string_view("text"); });
#elif defined(without_default_for_a_process)
  pool.submit([](const no_default&) {}, no_default(1));
#elif defined(without_serialize_for_a_process)
  pool.submit([](const no_serialize&) {}, no_serialize{s});
#else
#error "name a snippet"
#endif
}

} // namespace
