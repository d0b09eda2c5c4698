#!/bin/sh
# Makes the files of this folder anew, with ffmpeg 5.1 (Debian 12's): test pictures and tones, a few KB each.
set -eu
cd "$(dirname "$0")"
run() { ffmpeg -v error -y "$@"; }
video() { # seconds, frames a second, size
  echo "-f lavfi -i testsrc=d=$1:r=$2:s=$3"
}
tone="-f lavfi -i sine=d=1:r=16000"
small="-map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -preset veryslow -crf 51 -pix_fmt yuv420p"
h264="-c:v libx264 $small"
aac="-c:a aac -b:a 8k"

run $(video 1 10 64x64) $tone $h264 $aac -movflags +faststart index-first.mp4
run $(video 1 10 64x64) $tone $h264 $aac index-last.mp4
run $(video 1 30 96x64) $h264 silent.mp4
run $(video 1 60 64x64) $h264 sixty.mp4
run $(video 1 120 64x64) $h264 fast.mp4
run $(video 0.4 10 64x64) $h264 short.mp4
run $(video 141 1 64x64) $h264 long.mp4
run $(video 1 10 256x64) $h264 wide.mp4
run $(video 1 10 64x64) $tone $h264 -c:a libmp3lame -b:a 8k mp3.mp4
run $(video 1 10 64x64) -c:v libx265 -x265-params log-level=none $small hevc.mp4
run $(video 1 10 64x64) $tone $h264 $aac quicktime.mov
run $(video 1 10 64x64) $h264 -movflags +frag_keyframe+empty_moov fragmented.mp4
run -i silent.mp4 -c copy -map_metadata -1 -metadata:s:v rotate=90 -fflags +bitexact turned.mp4
run $tone $aac -map_metadata -1 -fflags +bitexact -f mp4 sound.mp4
run $(video 1 10 64x64) -c:v libvpx -b:v 10k -map_metadata -1 -fflags +bitexact video.webm
run $(video 1 5 48x32) -loop 0 animation.gif
run $(video 1 5 48x32) -frames:v 1 lossy.webp
run $(video 1 5 48x32) -frames:v 1 -lossless 1 lossless.webp
run $(video 1 5 48x32) -loop 0 animation.webp
run $(video 1 5 48x32) -frames:v 1 -c:v libaom-av1 -still-picture 1 picture.avif
run $(video 1 10 64x64) $h264 -pix_fmt yuv422p chroma422.mp4
run $(video 1 10 64x64) $h264 -flags:v +bitexact+ildct+ilme interlaced.mp4
run $(video 1 10 64x64) -vf setsar=4/3 $h264 -aspect 4:3 stretched.mp4
run $(video 1 10 64x64) -f lavfi -i anullsrc=cl=5.1:r=16000 -shortest $h264 $aac surround.mp4
run $(video 1 10 64x30) $h264 flat.mp4
run $(video 1 5 1280x1026) $h264 large.mp4
run $(video 1 5 1026x1282) $h264 upright.mp4
run $(video 1 10 64x64) $tone $h264 $aac -pix_fmt yuv444p chroma444.mov
run $(video 1 5 48x32) -plays 0 -f apng animation.png
cp index-last.mp4 ../mediatest/video.mp4
cp lossy.webp ../mediatest/picture.webp
