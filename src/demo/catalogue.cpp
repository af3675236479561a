#include "catalogue.h"

#include <array>
#include <string_view>

#include "styles/styles.h"

namespace audiomuse::demo {

namespace {

constexpr std::size_t kStyles = 12;
constexpr std::size_t kTracksPerVolume = 8;

struct Album {
    std::string_view title;
    int artist;  // 0 or 1
    int year;
};
struct Names {
    std::array<std::string_view, 2> artists;
    std::array<Album, 3> albums;
    std::array<std::string_view, kTracksPerVolume> titles;
};

// In the order of styles().
constexpr std::array<Names, kStyles> kNames = {{
    {{"Elin Sandström", "Marguerite Halévy"},
     {{{"Letters Never Sent", 0, 2011}, {"Vinterljus", 0, 2016}, {"Chambre claire", 1, 2008}}},
     {"Last Train Home", "À demi-mot", "The Empty Chair", "Été indien", "Snö över Uppsala", "Paper Boats",
      "Nocturne for a Streetlamp", "Långsamt"}},
    {{"Kessel 9", "Подвал"},
     {{{"Overpressure", 0, 2019}, {"Valve Timing", 0, 2022}, {"Ночная смена", 1, 2020}}},
     {"Turbine", "Конвейер", "Hydraulic", "Мост", "Red Relay", "Night Shift", "Туннель", "Cold Start"}},
    {{"Fionn & the Low Road", "Sierra Wren"},
     {{{"Hedge and Harbour", 0, 2003}, {"The Lantern Year", 0, 2009}, {"Cottonwood", 1, 2014}}},
     {"The Miller's Daughter", "Cottonwood Rain", "Siúil Abhaile", "Wren in the Willow", "Salt on the Sill",
      "Three Fields Over", "Dry Creek Letter", "The Ferryman's Tune"}},
    {{"星野ひかり", "Glass Meridian"},
     {{{"静かな海", 0, 2015}, {"雲の図書館", 0, 2018}, {"Slow Orbits", 1, 2012}}},
     {"朝霧", "Perihelion", "水の記憶", "Tidal Glass", "Lichen", "遠い灯", "Ice Shelf", "Where the Radio Ends"}},
    {{"The Copper Mules", "Ölfeld"},
     {{{"Louder Than the Landlord", 0, 1998}, {"Gravel", 0, 2001}, {"Schrottplatz", 1, 2005}}},
     {"Kick the Ladder", "Zündung", "Burnt Diesel", "Kein Zurück", "Motel Teeth", "Hammer and Rust",
      "Straße nach Norden", "Saint of Nothing"}},
    {{"Pixel Paladin", "8ビット少女"},
     {{{"Insert Coin", 0, 2010}, {"Continue?", 0, 2013}, {"ドット絵の夏", 1, 2017}}},
     {"Level One Waltz Is a Lie", "冒険のはじまり", "Boss Rush", "宝箱", "Warp Pipe Dreams", "Jump Arc",
      "最後のダンジョン", "High Score Heart"}},
    {{"The Otto Bergmann Trio", "Núria Castells Quartet"},
     {{{"Blue Before Midnight", 0, 1961}, {"Corner Table", 0, 1964}, {"Rambla Nights", 1, 1974}}},
     {"Corner Table", "Sense pressa", "Walking Ida Home", "Plaça del Sol", "Two for the Doorman", "Minor Delay",
      "La mar de fons", "Sidestep"}},
    {{"Vectorloom", "Ashdown Soundcraft"},
     {{{"Concrete Canopy", 0, 2006}, {"Phase Margin", 0, 2010}, {"Ring Road", 1, 2002}}},
     {"Sodium Light", "Ring Road", "Rewind Selector", "Estuary", "Black Swift", "Amber Phase", "Underpass '97",
      "Torsion"}},
    {{"Wiener Salonstreicher", "Orquesta de Cuerdas Almendra"},
     {{{"Ballnacht", 0, 1987}, {"Im Prater", 0, 1991}, {"Valses del sur", 1, 1995}}},
     {"Frühlingsreigen", "Vals de la lluvia", "Der letzte Fiaker", "Azucena", "Rosen im Schnee",
      "Königin der Nacht-Walzer", "El patio de mi niñez", "Silberhochzeit"}},
    {{"Brother Tamarind", "Échos du Môle"},
     {{{"Versions from the Yard", 0, 1977}, {"Heavy Water Versions", 0, 1981}, {"Marée basse", 1, 1999}}},
     {"Tamarind Version", "Sable noir", "Heavy Water", "Marée basse", "Steppers' Gate", "Chalice of Rain",
      "Le phare en écho", "Yard Light"}},
    {{"Χορωδία Αιγαίου", "St Aldhelm's Chapel Choir"},
     {{{"Εσπερινός", 0, 1994}, {"Φως", 0, 2000}, {"Evensong for Winter", 1, 1989}}},
     {"Φως ιλαρόν", "In the Bleak Light", "Κύμα", "O Quiet Morning", "Stella splendens", "Άνεμος", "Lux in tenebris",
      "The Seven Lamps"}},
    {{"Dusty Almanac", "Mo Quartier"},
     {{{"Sunday Loops", 0, 2014}, {"Tape Weather", 0, 2018}, {"Périphérique", 1, 2016}}},
     {"Sunday Loop", "Ligne 13", "Cardboard Crown", "Café froid", "Porch Light", "Needle Drop", "Derrière le stade",
      "Late Fees"}},
}};

// Which album a track of a volume is on, so that even a small library has both artists.
constexpr std::array<int, kTracksPerVolume> kAlbumOf = {0, 2, 0, 2, 1, 0, 2, 1};

constexpr std::array<std::string_view, 5> kContainers = {"flac", "mp3", "ogg", "m4a", "opus"};

/// A stable made-up UUID, so that the same name always has the same id.
std::string uuid_for(std::string_view kind, std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
    for (const std::string_view part : {kind, name}) {
        for (const char c : part)
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
    Random random(hash);
    std::string text;
    for (int i = 0; i < 32; ++i) {
        if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
        const auto digit = static_cast<std::size_t>(i == 12   ? 4
                                                    : i == 16 ? random.integer(8, 11)
                                                              : random.integer(0, 15));
        text += "0123456789abcdef"[digit];
    }
    return text;
}

std::string lyrics_for(std::string_view title) {
    const std::string line(title);
    return line + ", " + line +
           ",\nthe window keeps the light,\nand every road we ever took\ncomes back to us tonight.\n\nOh, " + line +
           ",\nthe kettle starts to sing,\nand no one asks the morning\nwhat the morning means to bring.";
}

}  // namespace

CatalogueEntry catalogue_entry(std::size_t index) {
    CatalogueEntry entry;
    entry.style = index % kStyles;
    const std::size_t turn = index / kStyles;
    const std::size_t place = turn % kTracksPerVolume;
    const std::size_t volume = turn / kTracksPerVolume;
    const Names& names = kNames[entry.style];
    const auto album_index = static_cast<std::size_t>(kAlbumOf[place]);
    const Album& album = names.albums[album_index];
    const auto artist = static_cast<std::size_t>(album.artist);

    entry.album = (volume * kStyles + entry.style) * names.albums.size() + album_index;
    entry.container = kContainers[(entry.style + turn) % kContainers.size()];
    entry.cover = entry.album % 6 == 4   ? CatalogueEntry::CoverPlace::folder
                  : entry.album % 9 == 8 ? CatalogueEntry::CoverPlace::none
                                         : CatalogueEntry::CoverPlace::embedded;

    TrackTags& tags = entry.tags;
    tags.title = names.titles[place];
    tags.album = album.title;
    if (volume > 0) {
        tags.title += " (Part " + std::to_string(volume + 1) + ")";
        tags.album += ", Vol. " + std::to_string(volume + 1);
    }
    tags.artists = {std::string(names.artists[artist])};
    if (place == 5) tags.artists.emplace_back(names.artists[1 - artist]);  // a guest
    tags.album_artist = names.artists[artist];
    tags.track_number = 1;
    for (std::size_t before = 0; before < place; ++before)
        tags.track_number += kAlbumOf[before] == kAlbumOf[place];
    tags.disc_number = 1;
    tags.year = album.year + static_cast<int>(volume);
    tags.genres = {std::string(styles()[entry.style].genre)};
    if (place == 2 || place == 4) tags.lyrics = lyrics_for(tags.title);
    tags.musicbrainz_recording_id = uuid_for("recording", tags.album_artist + tags.title);
    tags.musicbrainz_album_id = uuid_for("album", tags.album_artist + tags.album);
    for (const std::string& name : tags.artists)
        tags.musicbrainz_artist_ids.push_back(uuid_for("artist", name));
    return entry;
}

}  // namespace audiomuse::demo
