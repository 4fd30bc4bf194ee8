/**
 * Words that are one token of Qwen's vocabulary each, with a space before them and without one. A prompt of n of them has
 * exactly n tokens, so every server can be given text and the lengths are known all the same; usage is checked against it.
 */
export const words: readonly string[] = `
public your function data name true private time which value about string over type part work when
other year some there said like also than result them into what first print back need start user
under then people test make after right long read form want number where while could look hand most
point show find current used play help these pass down even item through last event again high line
before view many being good using child person style method post such think much open check next
follow game path each support sign best same create mark group world process main color report take
free action real build message input between table head order field second range home left direct
allow page around level document local content great month super title life change position book
version three base during power width label project success date match another care effect service
full turn body stand block keep things control come custom source output business might never hard
option height small little port update link better feel already always parent less account search
rest interest site video cell player cost total load clear short company health days online reason
within school client give copy either lead family exist offer water step display four present room
once continue talk grow mass until market area length kind light side example camp plan away button
country author express begin window close past write move special city tell font course late amount
hold property price today story meet thought task review
`
  .trim()
  .split(/\s+/);
