package media_test

import (
	"fmt"
	"os"

	"spool/shared/media"
)

// A file is examined before anything is scheduled.
func ExampleExamine() {
	f, err := os.Open("testdata/hevc.mp4")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		fmt.Println(err)
		return
	}
	info, problems, err := media.Examine(f, media.File{Name: "holiday.mp4", ContentType: "video/mp4", Size: stat.Size()})
	fmt.Println(info.Category, info.Width, info.Height, info.Duration, err)
	for _, p := range problems {
		fmt.Println(p.Code, p.Message)
		fmt.Println(p.Fix)
	}
	// Output:
	// tweet_video 64 64 1s <nil>
	// medium_codec holiday.mp4 has pictures in the format "hevc"; X takes H.264 only.
	// Convert it: ffmpeg -i INPUT -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart OUTPUT.mp4
}
