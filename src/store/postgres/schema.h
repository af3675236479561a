// The statements that make PostgreSQL's tables.
#pragma once

namespace audiomuse::store::postgres {

/// Schema 4: what SQLite's migrations 1 to 4 make, in PostgreSQL's types, and what Deliveries needs.
extern const char* const kSchema4;
extern const char* const kSchema5;   ///< what version 5 adds: media servers
extern const char* const kSchema6;   ///< what version 6 adds: what people have listened to
extern const char* const kSchema7;   ///< what version 7 adds: anchors and radios
extern const char* const kSchema8;   ///< what version 8 adds: what media servers call artists
extern const char* const kSchema9;   ///< what version 9 adds: lyrics found by their words
extern const char* const kSchema10;  ///< what version 10 adds: how CLAP hears tracks
extern const char* const kSchema11;  ///< what version 11 adds: users, their sessions and tokens
extern const char* const kSchema12;  ///< what version 12 adds: schedules
extern const char* const kSchema13;  ///< what version 13 adds: since when tracks are nowhere
extern const char* const kSchema14;  ///< what version 14 adds: what belongs to one user alone

/// What makes searches quicker, whatever the version.
extern const char* const kOrderIndexes;
/// The same; needs the extension pg_trgm.
extern const char* const kSearchIndex;

}  // namespace audiomuse::store::postgres
