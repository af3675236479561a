// A few seconds of sound for a track: a soft chord, mono 16-bit, so that the player has something to play.

const rate = 11025;

export function wav(seed, seconds) {
    const n = Math.floor(seconds * rate);
    const bytes = Buffer.alloc(44 + n * 2);
    bytes.write('RIFF', 0);
    bytes.writeUInt32LE(36 + n * 2, 4);
    bytes.write('WAVEfmt ', 8);
    bytes.writeUInt32LE(16, 16);
    bytes.writeUInt16LE(1, 20);
    bytes.writeUInt16LE(1, 22);
    bytes.writeUInt32LE(rate, 24);
    bytes.writeUInt32LE(rate * 2, 28);
    bytes.writeUInt16LE(2, 32);
    bytes.writeUInt16LE(16, 34);
    bytes.write('data', 36);
    bytes.writeUInt32LE(n * 2, 40);
    const root = 110 * 2 ** ((seed % 12) / 12);
    const chord = [root, root * 1.25, root * 1.5];
    for (let i = 0; i < n; i++) {
        const t = i / rate;
        const swell = 0.5 + 0.5 * Math.sin((Math.PI * t) / 2);
        let v = 0;
        for (const f of chord) v += Math.sin(2 * Math.PI * f * t);
        bytes.writeInt16LE(Math.round((v / 3) * swell * 7000), 44 + i * 2);
    }
    return bytes;
}
