// An index as bytes: little-endian, tagged, versioned, checked.
//
//   "AMVINDEX"  u32 version  u32 dimension  u32 metric  u32 storage  u64 M  u64 ef_construction  u64 ef_search  u64
//   seed u64 slots  u32 entry  u32 0 slots x i64 id   slots x u8 alive   slots x u8 level then rows as they lie in
//   memory: of rough vectors, of their rests, of links in the lowest layer, of links above u32 CRC-32 of everything
//   before it
//
// Rows are copied as they are, which makes loading fast; afterwards each number that leads anywhere is looked at. So
// even bytes made on purpose, with a checksum that fits, can at worst give poor neighbours, never a read outside the
// graph. The checksum tells chance damage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audiomuse/index/vector_index.h"
#include "hnsw_graph.h"

namespace audiomuse::index {

/// What an index holds: the graph, and which id each of its nodes stands for.
struct Contents {
    std::size_t dimension = 0;
    IndexParams params;
    HnswGraph graph;
    std::vector<std::int64_t> ids;    ///< of each slot
    std::vector<std::uint8_t> alive;  ///< 0: removed; the node still leads searches onwards
};

void write_image(const Contents& contents, const VectorIndex::Sink& sink);
/// Throws Error(damaged).
Contents read_image(std::span<const std::byte> image, unsigned threads);

}  // namespace audiomuse::index
