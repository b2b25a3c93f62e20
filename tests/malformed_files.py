"""Unusual, malformed and malicious files, and the fault that each unusable file has."""

import io
import zipfile
import zlib

import numpy as np
import pillow_heif
from PIL import Image, ImageChops, ImageCms, ImageDraw

from ml.preprocessing.images import ImageFault

RED, BLUE = (220, 40, 40), (40, 40, 220)
SIZE = (240, 160)
PNG = b"\x89PNG\r\n\x1a\n"
# Each pass of Adam7 (PNG's interlacing): first column and row, and steps to the next ones.
PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


def halves(mode="RGB", size=SIZE):
    """Return a picture that is red on the left and blue on the right."""
    image = Image.new("RGB", size, BLUE)
    ImageDraw.Draw(image).rectangle([0, 0, size[0] // 2, size[1]], fill=RED)
    return image.convert(mode)


def saved(image, image_format="JPEG", **options):
    buffer = io.BytesIO()
    if image_format == "HEIC":
        pillow_heif.from_pillow(image).save(buffer, quality=90, **options)
    else:
        image.save(buffer, image_format, **options)
    return buffer.getvalue()


def chunk(name, body=b""):
    checksum = zlib.crc32(name + body).to_bytes(4, "big")
    return len(body).to_bytes(4, "big") + name + body + checksum


def png(pixels, *, bits, colour, size=SIZE):
    """Return a PNG of raw samples, `bits` each. `colour`: 0 for grey, 2 for RGB, +4 for alpha."""
    width, height = size
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([bits, colour, 0, 0, 0])
    line = len(pixels) // height
    rows = b"".join(b"\0" + pixels[at : at + line] for at in range(0, len(pixels), line))
    body = chunk(b"IDAT", zlib.compress(rows, 9))
    return PNG + chunk(b"IHDR", head) + body + chunk(b"IEND")


def interlaced(image):
    """Return a PNG in Adam7's seven passes, which Pillow cannot write."""
    pixels, plain = np.asarray(image), saved(image, "PNG")
    lines = (line for x, y, dx, dy in PASSES for line in pixels[y::dy, x::dx])
    body = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + line.tobytes() for line in lines)))
    return PNG + chunk(b"IHDR", plain[16:28] + b"\1") + body + chunk(b"IEND")


def sixteen_bits(mode):
    """Return `halves` in big-endian 16-bit samples, 257 times the 8-bit values."""
    return (np.asarray(halves(mode)).astype(">u2") * 257).tobytes()


def inserted(png_file, *chunks):
    """Insert chunks after a PNG's header."""
    return png_file[:33] + b"".join(chunks) + png_file[33:]


def segments(jpeg, marker, body, count):
    """Insert `count` segments after a JPEG's first two bytes."""
    return (
        jpeg[:2] + (bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body) * count + jpeg[2:]
    )


def ycck():
    """Return a JPEG in YCCK: luminance, two colour differences, and black.

    Pillow writes only CMYK, and inverts it, so the first three channels are inverted beforehand.
    """
    *colours, black = halves("CMYK").split()
    luminance = ImageChops.invert(Image.merge("RGB", colours).convert("YCbCr"))
    jpeg = saved(Image.merge("CMYK", (*luminance.split(), black)), quality=95)
    transform = jpeg.index(b"Adobe") + 11  # 0 for CMYK, 2 for YCCK
    return jpeg[:transform] + b"\2" + jpeg[transform + 1 :]


def with_exif(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "SECRET-description"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.6)
    return exif


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("run.sh", "SECRET")
    return buffer.getvalue()


def bomb(size):
    width, height = size
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    body = chunk(b"IDAT", zlib.compress(bytes(1_000_000), 9))
    return PNG + chunk(b"IHDR", head) + body + chunk(b"IEND")


def webp_of(width, height):
    """Return a WebP whose header declares a large canvas, but whose picture is small."""
    small = saved(Image.new("RGBA", (120, 120), (9, 9, 9, 9)), "WEBP", lossless=True)
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X\x0a\0\0\0\x10\0\0\0" + canvas + small[12:]
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def frames():
    return [halves().rotate(90 * turn) for turn in range(1, 3)]


JPEG, PLAIN_PNG, WEBP = saved(halves()), saved(halves(), "PNG"), saved(halves(), "WEBP")
HEIC = saved(halves(), "HEIC")
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
FIFTY_MEGABYTES = zlib.compress(bytes(50_000_000), 9)
FRAMES = {"save_all": True, "append_images": frames(), "duration": 50}

# All of these show red on the left and blue on the right once they are decoded.
READABLE = {
    "progressive.jpg": saved(halves(), progressive=True),
    "without-end-marker.jpg": JPEG[:-2],
    "adobe-inverted-cmyk.jpg": saved(halves("CMYK")),
    "cmyk-quality-95.jpg": saved(halves("CMYK"), quality=95),
    "adobe-inverted-ycck.jpg": ycck(),
    "quality-1.jpg": saved(halves(), quality=1),
    "sixteen-bit-rgb.png": png(sixteen_bits("RGB"), bits=16, colour=2),
    "sixteen-bit-rgba.png": png(sixteen_bits("RGBA"), bits=16, colour=6),
    "interlaced-png-named.jpg": interlaced(halves()),
    "palette.png": saved(halves("P"), "PNG"),
    "palette-with-transparency.png": saved(halves("P"), "PNG", transparency=255),
    "rgb-with-transparency.png": saved(halves(), "PNG", transparency=(1, 2, 3)),
    "lossless.webp": saved(halves("RGBA"), "WEBP", lossless=True),
    "alpha.heic": saved(halves("RGBA"), "HEIC"),
    "webp-named.jpg": WEBP,
    "heic-named.jpg": HEIC,
    "jpeg-and-zip.jpg": JPEG + zipped(),
    "jpeg-and-html.jpg": segments(JPEG, 0xFE, b"<script>alert('SECRET')</script>", 1),
    "png-and-script.png": PLAIN_PNG + b"<script>alert('SECRET')</script>",
    "phone-with-preview.mpo": saved(
        halves(), "MPO", save_all=True, append_images=[halves(size=(120, 80))]
    ),
    # Pillow reads no PNG whose colour profile has over 1 MB.
    "colour-profile-of-900-kb.png": saved(halves(), "PNG", icc_profile=SRGB + bytes(900_000)),
    "colour-profile-of-4-mb.jpg": saved(halves(), icc_profile=SRGB + bytes(4_000_000)),
    "exif-of-60-kb.jpg": segments(JPEG, 0xE1, b"Exif\0\0MM\0*\0\0\0\x08" + b"\xff" * 60_000, 1),
    "comments-of-6-mb.jpg": segments(JPEG, 0xFE, b"SECRET" * 10_000, 100),
    "broken-colour-profile.jpg": saved(halves(), icc_profile=b"SECRET" * 999),
    "broken-exif.jpg": saved(halves(), exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01"),
    "broken-exif.webp": saved(halves(), "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01"),
    "place-and-time.jpg": saved(halves(), exif=with_exif(1)),
    **{
        f"orientation-{turn}.{image_format.lower()}": saved(
            halves(), image_format, exif=with_exif(turn)
        )
        for image_format in ("JPEG", "PNG", "WEBP")
        for turn in (0, 9, 65535)
    },
}

UNUSABLE = {
    "nothing": (b"", ImageFault.NOT_AN_IMAGE),
    "zeros.jpg": (bytes(5000), ImageFault.NOT_AN_IMAGE),
    "text.jpg": (b"SECRET text, whatever its name says", ImageFault.NOT_AN_IMAGE),
    "pdf.jpg": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj", ImageFault.NOT_AN_IMAGE),
    "zip.jpg": (zipped(), ImageFault.NOT_AN_IMAGE),
    "gif.jpg": (saved(halves("P"), "GIF"), ImageFault.NOT_AN_IMAGE),
    "animated.gif": (saved(halves("P"), "GIF", **FRAMES), ImageFault.NOT_AN_IMAGE),
    "lab.tiff": (saved(halves("LAB"), "TIFF"), ImageFault.NOT_AN_IMAGE),
    "float.tiff": (saved(halves("F"), "TIFF"), ImageFault.NOT_AN_IMAGE),
    "bmp.png": (saved(halves(), "BMP"), ImageFault.NOT_AN_IMAGE),
    "animated.png": (saved(halves(), "PNG", **FRAMES), ImageFault.ANIMATED),
    "animated.webp": (saved(halves(), "WEBP", **FRAMES), ImageFault.ANIMATED),
    "bomb.png": (bomb((60_000, 60_000)), ImageFault.TOO_MANY_PIXELS),
    "bomb-just-below-the-limit.png": (bomb((7000, 7000)), ImageFault.TRUNCATED),
    "bomb.webp": (webp_of(16_000, 16_000), ImageFault.TOO_MANY_PIXELS),
    "text-that-inflates.png": (
        inserted(PLAIN_PNG, *[chunk(b"zTXt", b"a\0\0" + FIFTY_MEGABYTES)] * 20),
        ImageFault.TRUNCATED,
    ),
    "truncated.jpg": (JPEG[: len(JPEG) // 2], ImageFault.TRUNCATED),
    "truncated.png": (PLAIN_PNG[: len(PLAIN_PNG) // 2], ImageFault.TRUNCATED),
    "truncated.webp": (WEBP[: len(WEBP) // 2], ImageFault.TRUNCATED),
    "truncated.heic": (HEIC[: len(HEIC) // 2], ImageFault.TRUNCATED),
    "head-alone.jpg": (JPEG[:30], ImageFault.TRUNCATED),
    "one-pixel.png": (saved(halves(size=(1, 1)), "PNG"), ImageFault.TOO_SMALL),
    "strip.jpg": (saved(halves(size=(6200, 160))), ImageFault.TOO_SMALL),
}
