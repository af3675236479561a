#include "audiomuse/wrap/taglib/tags.h"

#include <fmt/format.h>
#include <taglib/aifffile.h>
#include <taglib/apefile.h>
#include <taglib/apetag.h>
#include <taglib/asffile.h>
#include <taglib/asfpicture.h>
#include <taglib/asftag.h>
#include <taglib/attachedpictureframe.h>
#include <taglib/fileref.h>
#include <taglib/flacfile.h>
#include <taglib/id3v1genres.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4file.h>
#include <taglib/mpcfile.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/speexfile.h>
#include <taglib/taglib.h>
#include <taglib/tfilestream.h>
#include <taglib/tpropertymap.h>
#include <taglib/trueaudiofile.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>
#include <taglib/wavpackfile.h>
#include <taglib/xiphcomment.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::wrap::taglib {

std::string library_version() {
    return fmt::format("{}.{}.{}", TAGLIB_MAJOR_VERSION, TAGLIB_MINOR_VERSION, TAGLIB_PATCH_VERSION);
}

namespace {

using FilePtr = std::unique_ptr<TagLib::File>;

template <class Kind>
FilePtr open_if_supported(TagLib::IOStream& stream) {
    stream.seek(0);
    if (!Kind::isSupported(&stream)) return nullptr;
    stream.seek(0);
    FilePtr file;
    if constexpr (std::is_constructible_v<Kind, TagLib::IOStream*>) {
        file = std::make_unique<Kind>(&stream);
    } else {  // TagLib before 2.0 wants a frame factory for kinds that carry ID3v2
        file = std::make_unique<Kind>(&stream, TagLib::ID3v2::FrameFactory::instance());
    }
    return file->isValid() ? std::move(file) : nullptr;
}

/// The first kind whose marks the content bears. MPEG audio comes last: its marks are short and occur in other data.
template <class... Kinds>
FilePtr open_first_supported(TagLib::IOStream& stream) {
    FilePtr file;
    ((file = open_if_supported<Kinds>(stream)) || ...);
    return file;
}

FilePtr open_by_content(TagLib::IOStream& stream) {
    using namespace TagLib;
    return open_first_supported<FLAC::File, Ogg::Vorbis::File, Ogg::Opus::File, Ogg::FLAC::File, Ogg::Speex::File,
                                MP4::File, RIFF::WAV::File, RIFF::AIFF::File, ASF::File, WavPack::File, APE::File,
                                MPC::File, TrueAudio::File, MPEG::File>(stream);
}

/// A file opened for reading, by content or else by name.
class OpenFile {
public:
    explicit OpenFile(const std::filesystem::path& path) : stream_(path.c_str(), true) {
        if (!stream_.isOpen()) return;
        file_ = open_by_content(stream_);
        if (!file_) by_name_ = TagLib::FileRef(path.c_str());
    }
    TagLib::File* get() { return file_ ? file_.get() : by_name_.file(); }

private:
    TagLib::FileStream stream_;  // outlives file_
    FilePtr file_;
    TagLib::FileRef by_name_;
};

std::string text_of(const TagLib::String& text) {
    return std::string(trim(to_valid_utf8(text.to8Bit(true))));
}

/// The values of the first of `keys` that has any, without empty and repeated ones.
std::vector<std::string> values(const TagLib::PropertyMap& fields, std::initializer_list<const char*> keys) {
    std::vector<std::string> found;
    for (const char* key : keys) {
        const auto field = fields.find(key);
        if (field == fields.end()) continue;
        for (const TagLib::String& value : field->second) {
            std::string text = text_of(value);
            if (!text.empty() && std::ranges::find(found, text) == found.end()) found.push_back(std::move(text));
        }
        if (!found.empty()) return found;
    }
    return found;
}

std::string value(const TagLib::PropertyMap& fields, std::initializer_list<const char*> keys) {
    const auto found = values(fields, keys);
    return found.empty() ? std::string() : found.front();
}

/// "3", "3/12" and "03" give 3; text gives 0.
int leading_number(const std::string& text) {
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9' || number > 99'999) break;
        number = number * 10 + (c - '0');
    }
    return number;
}

/// The first run of exactly four digits: "1999", "1999-05-03" and "03.05.1999" give 1999.
int year_of(const std::string& text) {
    int digits = 0;
    int number = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] >= '0' && text[i] <= '9') {
            number = digits < 4 ? number * 10 + (text[i] - '0') : 0;
            ++digits;
        } else {
            if (digits == 4 && number > 0) return number;
            digits = 0;
            number = 0;
        }
    }
    return 0;
}

/// "17", "(17)" and "(17)Rock" are numbers of ID3v1's list.
std::string genre_name(const std::string& genre) {
    const std::string digits = genre.front() == '(' ? genre.substr(1, genre.find(')') - 1) : genre;
    if (digits.empty() || digits.size() > 3 ||
        !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) {
        return genre;
    }
    const std::string name = text_of(TagLib::ID3v1::genre(leading_number(digits)));
    return name.empty() ? genre : name;
}

std::string lyrics_of(const TagLib::PropertyMap& fields) {
    std::string found = value(fields, {"LYRICS", "UNSYNCEDLYRICS", "UNSYNCED LYRICS"});
    // An ID3v2 lyrics frame with a description comes as "LYRICS:description".
    for (auto field = fields.begin(); found.empty() && field != fields.end(); ++field) {
        if (field->first.startsWith("LYRICS:") && !field->second.isEmpty()) found = text_of(field->second.front());
    }
    return found;
}

/// Pictures as they are met, front covers marked.
struct FoundPicture {
    bool front;
    TagLib::ByteVector data;
};

void add_id3v2(const TagLib::ID3v2::Tag* tag, std::vector<FoundPicture>& found) {
    if (!tag) return;
    for (const TagLib::ID3v2::Frame* frame : tag->frameList("APIC")) {
        if (const auto* picture = dynamic_cast<const TagLib::ID3v2::AttachedPictureFrame*>(frame)) {
            found.push_back({picture->type() == TagLib::ID3v2::AttachedPictureFrame::FrontCover, picture->picture()});
        }
    }
}

void add_flac(const TagLib::List<TagLib::FLAC::Picture*>& pictures, std::vector<FoundPicture>& found) {
    for (const TagLib::FLAC::Picture* picture : pictures) {
        found.push_back({picture->type() == TagLib::FLAC::Picture::FrontCover, picture->data()});
    }
}

void add_ape(TagLib::APE::Tag* tag, std::vector<FoundPicture>& found) {
    if (!tag) return;
    for (const auto& [key, item] : tag->itemListMap()) {
        if (item.type() != TagLib::APE::Item::Binary || !key.upper().startsWith("COVER ART")) continue;
        // The picture's file name stands before it, ended by a zero byte.
        const TagLib::ByteVector data = item.binaryData();
        const int name_end = data.find('\0');
        if (name_end >= 0)
            found.push_back({key.upper().find("FRONT") >= 0, data.mid(static_cast<unsigned>(name_end) + 1)});
    }
}

std::vector<FoundPicture> pictures_of(TagLib::File* file) {
    std::vector<FoundPicture> found;
    if (auto* mpeg = dynamic_cast<TagLib::MPEG::File*>(file)) {
        add_id3v2(mpeg->ID3v2Tag(), found);
        add_ape(mpeg->APETag(), found);
    } else if (auto* flac = dynamic_cast<TagLib::FLAC::File*>(file)) {
        add_flac(flac->pictureList(), found);
        add_id3v2(flac->ID3v2Tag(), found);
    } else if (auto* mp4 = dynamic_cast<TagLib::MP4::File*>(file)) {
        if (mp4->tag() && mp4->tag()->contains("covr")) {
            for (const TagLib::MP4::CoverArt& art : mp4->tag()->item("covr").toCoverArtList())
                found.push_back({false, art.data()});
        }
    } else if (auto* wav = dynamic_cast<TagLib::RIFF::WAV::File*>(file)) {
        add_id3v2(wav->ID3v2Tag(), found);
    } else if (auto* aiff = dynamic_cast<TagLib::RIFF::AIFF::File*>(file)) {
        add_id3v2(aiff->tag(), found);
    } else if (auto* tta = dynamic_cast<TagLib::TrueAudio::File*>(file)) {
        add_id3v2(tta->ID3v2Tag(), found);
    } else if (auto* ape = dynamic_cast<TagLib::APE::File*>(file)) {
        add_ape(ape->APETag(), found);
    } else if (auto* wavpack = dynamic_cast<TagLib::WavPack::File*>(file)) {
        add_ape(wavpack->APETag(), found);
    } else if (auto* musepack = dynamic_cast<TagLib::MPC::File*>(file)) {
        add_ape(musepack->APETag(), found);
    } else if (auto* asf = dynamic_cast<TagLib::ASF::File*>(file)) {
        for (const TagLib::ASF::Attribute& attribute : asf->tag()->attribute("WM/Picture")) {
            const TagLib::ASF::Picture picture = attribute.toPicture();
            if (picture.isValid())
                found.push_back({picture.type() == TagLib::ASF::Picture::FrontCover, picture.picture()});
        }
    } else if (auto* xiph = file ? dynamic_cast<TagLib::Ogg::XiphComment*>(file->tag()) : nullptr) {
        add_flac(xiph->pictureList(), found);
    }
    return found;
}

TagLib::String tag_text(const std::string& text) {
    return {text, TagLib::String::UTF8};
}

TagLib::PropertyMap fields_of(const TrackTags& tags, const TagLib::PropertyMap& before) {
    TagLib::PropertyMap fields = before;
    const auto set_list = [&](const char* key, const std::vector<std::string>& list) {
        TagLib::StringList texts;
        for (const std::string& text : list)
            texts.append(tag_text(text));
        if (texts.isEmpty()) {
            fields.erase(key);
        } else {
            fields.replace(key, texts);
        }
    };
    const auto set = [&](const char* key, const std::string& text) {
        set_list(key, text.empty() ? std::vector<std::string>{} : std::vector<std::string>{text});
    };
    const auto set_number = [&](const char* key, int number) { set(key, number > 0 ? std::to_string(number) : ""); };
    set("TITLE", tags.title);
    set_list("ARTIST", tags.artists);
    fields.erase("ARTISTS");  // would win over the list just set
    set("ALBUM", tags.album);
    set("ALBUMARTIST", tags.album_artist);
    set_number("TRACKNUMBER", tags.track_number);
    set_number("DISCNUMBER", tags.disc_number);
    set_number("DATE", tags.year);
    set_list("GENRE", tags.genres);
    set("LYRICS", tags.lyrics);
    set("MUSICBRAINZ_TRACKID", tags.musicbrainz_recording_id);
    set("MUSICBRAINZ_ALBUMID", tags.musicbrainz_album_id);
    set_list("MUSICBRAINZ_ARTISTID", tags.musicbrainz_artist_ids);
    return fields;
}

std::unique_ptr<TagLib::FLAC::Picture> flac_picture(const Picture& cover) {
    auto picture = std::make_unique<TagLib::FLAC::Picture>();
    picture->setType(TagLib::FLAC::Picture::FrontCover);
    picture->setMimeType(cover.media_type);
    picture->setData({cover.bytes.data(), static_cast<unsigned>(cover.bytes.size())});
    return picture;
}

/// Replaces the pictures; for the kinds of can_write.
void set_cover(TagLib::File& file, const Picture& cover) {
    const TagLib::ByteVector data(cover.bytes.data(), static_cast<unsigned>(cover.bytes.size()));
    if (auto* flac = dynamic_cast<TagLib::FLAC::File*>(&file)) {
        flac->removePictures();
        flac->addPicture(flac_picture(cover).release());
    } else if (auto* xiph = dynamic_cast<TagLib::Ogg::XiphComment*>(file.tag())) {
        xiph->removeAllPictures();
        xiph->addPicture(flac_picture(cover).release());
    } else if (auto* mpeg = dynamic_cast<TagLib::MPEG::File*>(&file)) {
        TagLib::ID3v2::Tag* tag = mpeg->ID3v2Tag(true);
        tag->removeFrames("APIC");
        auto frame = std::make_unique<TagLib::ID3v2::AttachedPictureFrame>();
        frame->setType(TagLib::ID3v2::AttachedPictureFrame::FrontCover);
        frame->setMimeType(cover.media_type);
        frame->setPicture(data);
        tag->addFrame(frame.release());
    } else if (auto* mp4 = dynamic_cast<TagLib::MP4::File*>(&file)) {
        const auto format = cover.media_type == "image/png" ? TagLib::MP4::CoverArt::PNG : TagLib::MP4::CoverArt::JPEG;
        TagLib::MP4::CoverArtList list;
        list.append({format, data});
        mp4->tag()->setItem("covr", list);
    }
}

bool can_write(TagLib::File* file) {
    return dynamic_cast<TagLib::FLAC::File*>(file) || dynamic_cast<TagLib::Ogg::Vorbis::File*>(file) ||
           dynamic_cast<TagLib::Ogg::Opus::File*>(file) || dynamic_cast<TagLib::MPEG::File*>(file) ||
           dynamic_cast<TagLib::MP4::File*>(file);
}

}  // namespace

std::string picture_media_type(std::string_view bytes) {
    if (bytes.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
    if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return "image/png";
    if (bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") return "image/webp";
    if (bytes.starts_with("GIF8")) return "image/gif";
    return {};
}

TrackTags read_tags(const std::filesystem::path& path) {
    TrackTags tags;
    OpenFile opened(path);
    TagLib::File* file = opened.get();
    if (!file) return tags;
    const TagLib::PropertyMap fields = file->properties();
    tags.title = value(fields, {"TITLE"});
    tags.artists = values(fields, {"ARTISTS", "ARTIST"});
    tags.album = value(fields, {"ALBUM"});
    tags.album_artist = value(fields, {"ALBUMARTIST", "ALBUM ARTIST", "ALBUM_ARTIST"});
    tags.track_number = leading_number(value(fields, {"TRACKNUMBER", "TRACK"}));
    tags.disc_number = leading_number(value(fields, {"DISCNUMBER", "DISC"}));
    tags.year = year_of(value(fields, {"DATE", "YEAR", "ORIGINALDATE"}));
    for (const std::string& genre : values(fields, {"GENRE"}))
        tags.genres.push_back(genre_name(genre));
    tags.lyrics = lyrics_of(fields);
    tags.musicbrainz_recording_id = value(fields, {"MUSICBRAINZ_TRACKID"});
    tags.musicbrainz_album_id = value(fields, {"MUSICBRAINZ_ALBUMID"});
    tags.musicbrainz_artist_ids = values(fields, {"MUSICBRAINZ_ARTISTID"});
    if (const TagLib::AudioProperties* audio = file->audioProperties()) {
        tags.duration_s = std::max(0, audio->lengthInMilliseconds()) / 1000.0;
    }
    tags.has_cover = !pictures_of(file).empty();
    return tags;
}

Picture read_cover(const std::filesystem::path& path, std::size_t max_bytes) {
    OpenFile opened(path);
    auto pictures = pictures_of(opened.get());
    std::stable_partition(pictures.begin(), pictures.end(), [](const FoundPicture& picture) { return picture.front; });
    for (const FoundPicture& picture : pictures) {
        if (picture.data.size() > max_bytes) continue;
        std::string bytes(picture.data.data(), picture.data.size());
        std::string media_type = picture_media_type(bytes);
        if (!media_type.empty()) return {std::move(media_type), std::move(bytes)};
    }
    return {};
}

void write_tags(const std::filesystem::path& path, const TrackTags& tags, const Picture& cover) {
    TagLib::FileStream stream(path.c_str());
    if (!stream.isOpen() || stream.readOnly())
        throw Error(ErrorCode::io, "The file " + path.string() + " cannot be written.");
    const FilePtr file = open_by_content(stream);
    if (!can_write(file.get())) {
        throw Error(ErrorCode::unsupported_format, "Tags cannot be written to " + path.string() +
                                                       "; FLAC, Ogg Vorbis, Opus, MP3 and MP4 files take them.");
    }
    if (auto* mpeg = dynamic_cast<TagLib::MPEG::File*>(file.get())) mpeg->ID3v2Tag(true);
    file->setProperties(fields_of(tags, file->properties()));
    if (!cover.bytes.empty()) set_cover(*file, cover);
    auto* mpeg = dynamic_cast<TagLib::MPEG::File*>(file.get());
    const bool saved =
        mpeg ? mpeg->save(TagLib::MPEG::File::ID3v2, TagLib::File::StripOthers, TagLib::ID3v2::v4) : file->save();
    if (!saved) throw Error(ErrorCode::io, "The tags of " + path.string() + " cannot be written.");
}

}  // namespace audiomuse::wrap::taglib
