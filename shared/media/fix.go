package media

import "fmt"

// What to do about a problem: lines for ffmpeg, with INPUT and OUTPUT for the files.

// encode makes what X takes.
const encode = "-c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart OUTPUT.mp4"

const (
	remux        = "Rewrite it without converting it: ffmpeg -i INPUT -c copy -movflags +faststart OUTPUT.mp4"
	convert      = "Convert it: ffmpeg -i INPUT " + encode
	deinterlace  = "Convert it: ffmpeg -i INPUT -vf yadif -flags:v -ildct-ilme " + encode
	closeGOP     = "Convert it: ffmpeg -i INPUT -x264-params open-gop=0 " + encode
	squarePixels = `Convert it: ffmpeg -i INPUT -vf "scale=trunc(iw*sar/2)*2:ih,setsar=1" ` + encode
	stereo       = "Convert its sound: ffmpeg -i INPUT -c:v copy -c:a aac -profile:a aac_low -ac 2 -movflags +faststart OUTPUT.mp4"
	filmGIF      = `Leave out frames, or make it a video: ffmpeg -i INPUT -vf "scale=trunc(iw/2)*2:trunc(ih/2)*2" ` +
		encode
)

func cutTo(l Limits) string {
	return fmt.Sprintf("Cut it, or spread it over several tweets: ffmpeg -i INPUT -t %g %s", l.MaxSeconds, encode)
}

func slowTo(l Limits) string {
	return fmt.Sprintf("Convert it: ffmpeg -i INPUT -r %g %s", l.FPS, encode)
}

func enlargeTo(l Limits) string {
	return fmt.Sprintf("Enlarge it: ffmpeg -i INPUT -vf %s %s",
		scale(max(l.MinSide, 2), max(l.MinSide, 2), "increase"), encode)
}

// shrinkTo scales a video down, which stays as upright as it is.
func shrinkTo(l Limits, info Info) string {
	width, height := l.LongSide, l.ShortSide
	if info.Height > info.Width {
		width, height = height, width
	}
	return fmt.Sprintf("Scale it down: ffmpeg -i INPUT -vf %s %s", scale(width, height, "decrease"), encode)
}

func shrinkGIF(l Limits) string {
	return fmt.Sprintf("Scale it down: ffmpeg -i INPUT -vf %s OUTPUT.gif", scale(l.GIFWidth, l.GIFHeight, "decrease"))
}

// scale brings a picture to fit into, or around, so many pixels.
func scale(width, height int, how string) string {
	return fmt.Sprintf(`"scale=%d:%d:force_original_aspect_ratio=%s:force_divisible_by=2,setsar=1"`, width, height, how)
}

// crop cuts off what is too much of the longer side.
func crop(l Limits, info Info) string {
	filter := fmt.Sprintf(`"crop=trunc(ih*%d/2)*2:trunc(ih/2)*2"`, l.Ratio)
	if info.Height > info.Width {
		filter = fmt.Sprintf(`"crop=trunc(iw/2)*2:trunc(iw*%d/2)*2"`, l.Ratio)
	}
	return fmt.Sprintf("Crop it: ffmpeg -i INPUT -vf %s %s", filter, encode)
}
